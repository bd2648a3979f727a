"""The recipe of one project on PyPI, and the files with names of many, as types."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import field
from functools import partial
from typing import Any

from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.version import InvalidVersion, Version

from buildfix.catalog.parallel import size_of
from buildfix.catalog.schema import Example
from buildfix.catalog.stored import Problem, stored
from buildfix.core import Host, Need
from buildfix.core.light_dataclass import dataclass


def _needs(kind: str, texts: Iterable[str]) -> tuple[Need, ...]:
    """Return needs for capabilities in PEP 725's notation, `dep:generic/libfoo@>=1.2`."""
    parts = (text.partition("@") for text in texts)
    return tuple(Need(kind, name, required or None) for name, _, required in parts)


def _stored_needs(kind: str) -> Mapping[str, Any]:
    return stored(None, tuple[str, ...], partial(_needs, kind))


@dataclass(frozen=True)
class NamedIndex:
    """Where a project's wheels are that the user's own indexes do not have."""

    url: str
    """With `{torch}` (2.6.0), `{minor}` (2.6) and `{cuda}` (cu124) for the target's torch, and
    `{version}` for the release."""
    links: bool = False
    """Whether it is a page of links (`--find-links`) instead of an index (PEP 503)."""
    own: bool = False
    """Whether the project's own documentation says to install from there."""
    cuda: str = ""
    """The CUDA that its wheels need from the driver, if any."""
    torch: SpecifierSet = field(default=SpecifierSet(), metadata=stored(None, str, SpecifierSet))
    """The releases of torch that it has wheels for."""
    system: str = ""
    """The system that its wheels are for, if only one."""
    local: str = ""
    """The local version of its wheels, with `{torch}` (2.6), `{cuda}` (12) and `{abi}`, or with
    `{torch_release}` (260) and `{cuda_release}` (124)."""
    files: str = ""
    """The folder of its wheels, with `{version}`, for people where it cannot be asked."""

    def __post_init__(self) -> None:
        fields = set(re.findall(r"\{(\w*)\}", self.url))
        allowed = {"torch", "minor", "cuda", "version"}
        if not self.url.startswith(("https://", "http://")) or not fields <= allowed:
            raise Problem("must be a URL; placeholders: {torch}, {minor}, {cuda}, {version}", "url")


@dataclass(frozen=True)
class Break:
    """A version that cannot load modules built with an older version."""

    since: Version
    pattern: re.Pattern[str]
    """Matches what such a module prints when imported."""
    python: Version
    """The first Python for which no older version has a wheel."""
    source: str
    examples: tuple[Example, ...] = ()


@dataclass(frozen=True)
class Since:
    """Additional needs of a project's releases from one of them on."""

    release: Version
    build: tuple[Need, ...] = field(default=(), metadata=_stored_needs("build"))


@dataclass(frozen=True)
class Option:
    """A part of a build that the user's settings switch on, and what it needs."""

    variable: str
    pattern: re.Pattern[str]
    """Matches in the variable's value."""
    build: tuple[Need, ...] = field(default=(), metadata=_stored_needs("build"))


@dataclass(frozen=True)
class Instead:
    """What to request for wheels of the same, from a version of CUDA on."""

    name: str
    """With the extra or the version, if any: `jax[cuda12]`."""
    cuda: str


@dataclass(frozen=True)
class Released:
    """What the wheels on a project's own release page are for, from one of its releases on."""

    since: Version
    torch: tuple[str, ...] = ()
    """Releases of torch, each as its first two numbers."""
    cuda: tuple[str, ...] = ()
    """Major versions of CUDA."""
    python: tuple[str, ...] = ()

    def lacking(self, host: Host) -> str:
        """Return what of a host they are not for; empty if they fit, or nothing is known of it.

        The projects that are known to have such wheels build them on Linux only.
        """
        if host.system != "linux":
            return host.title
        torch, interpreter = host.cuda.torch, host.interpreter
        release = ".".join(torch.version.split(".")[:2]) if torch else ""
        major = torch.cuda.partition(".")[0] if torch else ""
        mine = (
            ("torch", release, self.torch),
            ("CUDA", major, self.cuda),
            ("Python", interpreter.release if interpreter else "", self.python),
        )
        missing = (f"{name} {one}" for name, one, theirs in mine if one and one not in theirs)
        return " and ".join(missing)

    def __str__(self) -> str:
        pairs = (("torch", self.torch), ("CUDA", self.cuda), ("Python", self.python))
        return "; ".join(f"{name} {', '.join(values)}" for name, values in pairs)


@dataclass(frozen=True)
class Held:
    """Build requirements that a project's older releases only support in old versions."""

    before: Version
    requires: tuple[Requirement, ...] = ()


@dataclass(frozen=True)
class ProjectRecipe:
    """What neither the logs nor the source of one project can tell."""

    name: str
    source: str
    modules: tuple[str, ...] = ()
    programs: tuple[tuple[str, ...], ...] = ()
    build: tuple[Need, ...] = field(default=(), metadata=_stored_needs("build"))
    run: tuple[Need, ...] = field(default=(), metadata=_stored_needs("run"))
    undeclared: tuple[str, ...] = ()
    """Requirements that its build imports without declaring them."""
    spare: tuple[str, ...] = ()
    """Ids of capabilities that its build only uses as a replacement for others."""
    wheels: str = ""
    """Where prebuilt wheels are that the index does not have, for people."""
    indexes: tuple[NamedIndex, ...] = field(default=(), metadata=stored("index"))
    """The same for pip, in order; used if a build would be needed."""
    released: tuple[Released, ...] = ()
    """What the wheels of its release page are for, the oldest first; up to the next one."""
    repository: str = ""
    """What to request if the index does not have it, or has another project of that name."""
    note: str = ""
    """What a person should know before it is installed."""
    instead: tuple[Instead, ...] = ()
    """Projects that have wheels of it, the one for the newest CUDA first."""
    built_for: str = ""
    """The CUDA that its own wheels need from the driver, or `cpu` if they do not use a GPU."""
    needs_gpu: bool = False
    """Whether it is of no use without an NVIDIA GPU."""
    without_gpu: str = ""
    """What to request on a host without an NVIDIA GPU."""
    torch: Mapping[str, str] = field(default_factory=dict)
    """The torch that each of its releases requires, the oldest first; up to the next one."""
    compiles_when_used: bool = False
    """Whether it compiles its kernels with nvcc when it is imported or first used."""
    compiles_when_imported: bool = False
    """Whether already its import does, so that its wheel needs the CUDA toolkit."""
    gpu: tuple[Need, ...] = field(default=(), metadata=_stored_needs("build"))
    """What its build also needs on a host with a GPU, where it is incomplete without."""
    core_hours: int = 0
    """The hours that its build takes on one core, if known."""
    breaks: tuple[Break, ...] = field(default=(), metadata=stored("break"))
    switches: Mapping[str, str] = field(default_factory=dict)
    """Variables that its build reads, each with its effect."""
    options: tuple[Option, ...] = field(default=(), metadata=stored("option"))
    """What its build also needs with some values of variables."""
    memory_per_job: int | None = field(default=None, metadata=stored(None, str, size_of))
    """Bytes that one compile job needs."""
    since: tuple[Since, ...] = ()
    """What only newer releases need to be built."""
    held: tuple[Held, ...] = ()
    """What older releases cannot be built with."""

    def released_as(self, release: Version) -> Released | None:
        """Return what the wheels of one of its releases are for; None if unknown."""
        older = [one for one in self.released if one.since <= release]
        return older[-1] if older else None

    def chosen_in(self, environ: Mapping[str, str]) -> tuple[Need, ...]:
        """Return what the user's settings make its build need."""
        found = (one for one in self.options if one.pattern.search(environ.get(one.variable, "")))
        return tuple(need for one in found for need in one.build)

    def build_of(self, release: str) -> tuple[Need, ...]:
        """Return a release's build needs; for an unknown release, what all releases need."""
        try:
            version = Version(release)
        except InvalidVersion:
            return self.build
        later = (need for one in self.since if version >= one.release for need in one.build)
        held = (text for one in self.held if version < one.before for text in one.requires)
        return (*self.build, *later, *(Need("held", one.name, str(one.specifier)) for one in held))


@dataclass(frozen=True)
class Modules:
    """The file `modules.toml` of a folder of recipes."""

    modules: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Popular:
    """The file `popular.toml` of a folder of recipes."""

    names: tuple[str, ...] = ()
