"""What a resolution goes by: what is asked for, what may meet it, and the user's settings."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Protocol

from packaging.requirements import InvalidRequirement, Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name
from packaging.version import Version

from buildfix.index.files import File, lets_in
from buildfix.index.metadata import Metadata
from buildfix.index.selection import Rules

PYTHON = "<Python>"
"""Identifies what a distribution asks of the interpreter."""


class Unreadable(Exception):
    """The metadata of a file cannot be had."""


@dataclass(frozen=True)
class Given:
    """What was asked for by its URL or path."""

    metadata: Metadata
    place: str | File
    """Its URL or path; its file where it was fetched by its URL."""


class PackageSource(Protocol):
    """What answers while it is resolved."""

    def files(self, project: str) -> Sequence[File]:
        """Return all files that the indexes have of a project."""

    def metadata(self, project: str, file: File) -> Metadata:
        """Return what a file says of itself; raises Unreadable."""

    def expect(self, project: str, files: Sequence[File]) -> None:
        """Take note that what these files say of themselves will most likely be asked next."""

    def by_url(self, requirement: Requirement) -> Given:
        """Return what is behind the URL of a requirement; raises Unreadable."""


@dataclass(frozen=True)
class Settings:
    """The target, and what the user told the installer."""

    rules: Rules
    environment: Mapping[str, str]
    """The target's, for markers (PEP 508)."""
    formats: Callable[[str], Collection[str]]
    """Which of `binary` and `source` are allowed of a project."""
    constraints: Mapping[str, Sequence[Requirement]] = field(default_factory=dict)
    installed: Mapping[str, Metadata] = field(default_factory=dict)
    """What is in the target, by normalised names."""
    upgrade: str = "to-satisfy-only"
    """pip's strategy: `to-satisfy-only`, `only-if-needed` or `eager`."""
    reinstall: bool = False
    dependencies: bool = True
    by_depth: bool = False
    """Whether pip is older than 25.1, which settled what stands nearest to the request first."""
    seconds: float = 60.0
    """How long it may take."""

    def holds(self, requirement: Requirement, extras: Collection[str] = ()) -> bool:
        """Say whether the marker of a requirement holds in the target, for one of these extras."""
        if requirement.marker is None:
            return True
        return any(
            requirement.marker.evaluate({**self.environment, "extra": extra})
            for extra in (extras or ("",))
        )

    def runs(self, metadata: Metadata) -> bool:
        """Say whether a distribution runs on the target's Python, as its metadata says."""
        return self.rules.any_python or lets_in(metadata.requires_python, self.rules.python)

    def constraint(self, project: str) -> SpecifierSet:
        """Return what the user's constraints say of a project."""
        specifier = SpecifierSet()
        for one in self.constraints.get(project, ()):
            if self.holds(one):
                specifier &= one.specifier
        return specifier


@dataclass(eq=False)
class Candidate:
    """A distribution that may be taken, or the extras of one."""

    name: str
    version: Version | None
    """None where that is not known before it is built."""
    file: File | None = None
    """None for what is installed or was given."""
    given: Given | None = None
    extras: frozenset[str] = frozenset()
    base: Candidate | None = None
    """The same without extras."""

    @property
    def identifier(self) -> str:
        """The project's name, with the extras."""
        return identifier(self.name, self.extras)

    @property
    def is_installed(self) -> bool:
        """Whether it is in the target already."""
        return self.file is None and self.given is None

    def __str__(self) -> str:
        return f"{self.identifier} {self.version or ''}".strip()


@dataclass(frozen=True, eq=False)
class Wanted:
    """What is asked of a project."""

    name: str
    extras: frozenset[str] = frozenset()
    specifier: SpecifierSet = field(default_factory=SpecifierSet)
    text: str = ""
    """As it was written."""
    hashes: frozenset[str] = frozenset()
    exact: Candidate | None = None
    """What alone meets it."""

    @property
    def identifier(self) -> str:
        """The project's name, with the extras."""
        return identifier(self.name, self.extras)

    def met_by(self, candidate: Candidate) -> bool:
        """Say whether a candidate meets it; one of an unknown version is taken to."""
        if self.exact is not None:
            return candidate is self.exact or same(candidate, self.exact)
        if candidate.version is None:
            return True
        return self.specifier.contains(candidate.version, prereleases=True)


@lru_cache(maxsize=None)
def parsed(text: str) -> Requirement | None:
    """Return a requirement (PEP 508), None where it is none."""
    try:
        return Requirement(text)
    except InvalidRequirement:
        return None


def identifier(name: str, extras: Collection[str]) -> str:
    """Return what a resolution knows a project with extras by."""
    return f"{name}[{','.join(sorted(extras))}]" if extras else name


def same(one: Candidate, other: Candidate) -> bool:
    """Say whether two candidates are of one distribution."""
    return (one.base or one) is (other.base or other)


def wanted_by(
    requirement: Requirement, text: str = "", hashes: Collection[str] = ()
) -> Iterator[Wanted]:
    """Yield what a requirement asks; one with extras asks of the project without them, too."""
    name = canonicalize_name(requirement.name)
    extras = frozenset(map(canonicalize_name, requirement.extras))
    told = text or str(requirement)
    yield Wanted(name, extras, requirement.specifier, told, frozenset(hashes))
    if extras and requirement.specifier:
        yield Wanted(name, frozenset(), requirement.specifier, told, frozenset(hashes))
