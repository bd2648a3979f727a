"""Wheels of the same version, from an index that the project's recipe names."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import InvalidVersion, Version

from buildfix.catalog.cuda import CudaRecipe
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
    cuda: CudaRecipe | None = None
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
    for index in recipe.indexes:
        place = place_in(index, verdict.version, asked.host, asked.cuda)
        if place is None:
            continue
        same = Requirement(f"{name}=={place.version}")
        where = _only_there(place.url, links=index.links)
        wheel = _wheel(machine, asked.python, same, (*asked.options, *where), verdict.target)
        if wheel:
            exact = f"{name}=={wheel.version}"
            return Offer(exact, wheel.filename, place.url, index.links, index.own)
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


@dataclass(frozen=True)
class Place:
    """Where an index has the wheels for a host."""

    url: str
    version: str
    """Their version, with the local part if the index has wheels for several torches."""


def place_in(
    index: NamedIndex, version: Version, host: Host, cuda: CudaRecipe | None
) -> Place | None:
    """Return where an index has wheels for a host; None if it has none for it."""
    if index.system not in ("", host.system) or not _driver_does(index, host, cuda):
        return None
    words = _words_of_torch(host, cuda)
    if not words and "{" in f"{index.url.replace('{version}', '')}{index.local}":
        return None
    release, build = words.get("release", ""), words.get("build", "")
    if release and not index.torch.contains(release):
        return None
    url = index.url.format(
        version=version.public, torch=release, minor=words.get("minor"), cuda=build
    )
    local = index.local.format(
        torch=words.get("minor"),
        cuda=words.get("major"),
        abi=words.get("abi"),
        torch_release=release.replace(".", ""),
        cuda_release=build.partition("cu")[2],
    )
    return Place(url, f"{version.public}+{local}" if local else version.public)


def whereabouts(recipe: ProjectRecipe, version: str, host: Host, cuda: CudaRecipe | None) -> str:
    """Return where a release's wheels for a host are, as exactly as it is known."""
    try:
        release = Version(version)
    except InvalidVersion:
        return recipe.wheels
    known = recipe.released_as(release)
    if known and (lacking := known.lacking(host)):
        return _for_another(recipe, release, lacking, host)
    certain = "" if known else ", if it exists for this torch"
    for index in recipe.indexes:
        place = place_in(index, release, host, cuda)
        if place and index.files and host.interpreter:
            tag = f"cp{host.interpreter.release.replace('.', '')}"
            name = f"{recipe.name.replace('-', '_')}-{place.version}-{tag}-{tag}"
            folder = index.files.format(version=release.public)
            return f"{folder}{name}-{host.system}_{host.arch}.whl{certain}"
        if place:
            return f"{'--find-links' if index.links else '--extra-index-url'} {place.url}"
    return recipe.wheels


def _for_another(recipe: ProjectRecipe, release: Version, lacking: str, host: Host) -> str:
    """Return that the wheels of a release are not for a host, and which older release's are."""
    says = f"{recipe.wheels} has none of {release} for {lacking}"
    older = [one for one in recipe.released if one.since <= release and not one.lacking(host)]
    return f"{says}; {older[-1].since} has" if older else says


def _driver_does(index: NamedIndex, host: Host, cuda: CudaRecipe | None) -> bool:
    if not index.cuda:
        return True
    newest = cuda.newest_cuda(host.cuda.driver) if cuda else ""
    return bool(host.cuda.driver) and not (newest and Version(index.cuda) > Version(newest))


def _words_of_torch(host: Host, cuda: CudaRecipe | None) -> Mapping[str, str]:
    """Return how indexes call the target's torch; empty if there is none."""
    torch = host.cuda.torch
    if torch is None or not torch.version:
        return {}
    release = Version(torch.version)
    name = f"cu{torch.cuda.replace('.', '')}" if torch.cuda else "cpu"
    builds = [one for known in cuda.libraries for one in known.builds] if cuda else []
    build = next((one for one in builds if one.name == name), None)
    return {
        "release": release.base_version,
        "minor": f"{release.major}.{release.minor}",
        "build": name,
        "major": torch.cuda.partition(".")[0],
        "abi": "TRUE" if build is None or build.has_cxx11_abi(release.base_version) else "FALSE",
    }
