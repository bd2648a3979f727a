"""Wheels of the same version, from an index that the project's recipe names."""

from __future__ import annotations

from dataclasses import dataclass

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

from buildfix.catalog.projects import NamedIndex, ProjectRecipe
from buildfix.core import Host
from buildfix.index.files import File
from buildfix.machines.local import Machine
from buildfix.wheels.listing import ask
from buildfix.wheels.select import Verdict, choose
from buildfix.wheels.target import Target


@dataclass(frozen=True)
class Offer:
    """A wheel that makes a build unnecessary, and where it is."""

    requirement: str
    """Its exact requirement: `demo==2.0`."""
    filename: str
    url: str
    links: bool
    """Whether `url` is a page of links instead of an index."""
    own: bool
    """Whether the project's own documentation tells users to install from there."""

    @property
    def only(self) -> tuple[str, ...]:
        """The pip options that install from there and nowhere else."""
        return ("--only-binary", ":all:", *_only_there(self.url, links=self.links))

    @property
    def besides(self) -> tuple[str, ...]:
        """The pip options that also look there."""
        return ("--find-links" if self.links else "--extra-index-url", self.url)


@dataclass(frozen=True)
class Asked:
    """Whose pip is asked, and for which machine."""

    python: str
    """The interpreter whose pip is asked."""
    host: Host
    options: tuple[str, ...] = ()
    """pip options for proxies, certificates and constraints that the user has set."""


def named_offer(
    machine: Machine, verdict: Verdict, recipe: ProjectRecipe, asked: Asked
) -> Offer | None:
    """Return the first wheel of the version that would be built; None if there is none.

    Also None if the user's settings forbid wheels.
    """
    if verdict.served or verdict.version is None or verdict.target.no_binary:
        return None
    # Ignore the local part: `2.1.2+pt28cu128` is 2.1.2, built against that torch.
    name = canonicalize_name(verdict.requirement.name)
    same = Requirement(f"{name}=={verdict.version.public}")
    for index in recipe.indexes:
        url = _filled(index, asked.host)
        if url is None:
            continue
        where = _only_there(url, links=index.links)
        wheel = _wheel(machine, asked.python, same, (*asked.options, *where), verdict.target)
        if wheel:
            exact = f"{name}=={wheel.version}"
            return Offer(exact, wheel.filename, url, index.links, index.own)
    return None


def _wheel(
    machine: Machine, python: str, same: Requirement, where: tuple[str, ...], target: Target
) -> File | None:
    answer = ask(machine, python, same.name, where)
    wheel = choose(same, answer.files, target, by_pip=True) if answer else None
    return wheel if wheel and wheel.is_wheel else None


def _only_there(url: str, *, links: bool) -> tuple[str, ...]:
    """Return the pip options that look there and nowhere else."""
    return ("--no-index", "--find-links", url) if links else ("--index-url", url)


def _filled(index: NamedIndex, host: Host) -> str | None:
    """Return the index's URL for the target's torch; None if it needs torch and there is none."""
    if "{" not in index.url:
        return index.url
    torch = host.cuda.torch
    if torch is None or not torch.version:
        return None
    cuda = f"cu{torch.cuda.replace('.', '')}" if torch.cuda else "cpu"
    return index.url.format(torch=Version(torch.version).base_version, cuda=cuda)
