"""The input of a resolution: requirements, candidates, and the user's settings."""

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
"""Identifies a requirement on the interpreter."""


class Unreadable(Exception):
    """The metadata of a file is not available."""


@dataclass(frozen=True)
class Given:
    """What a requirement's URL or path leads to."""

    metadata: Metadata
    place: str | File
    """Its URL or path; its file if it was downloaded from its URL."""


class PackageSource(Protocol):
    """Answers a resolution's questions about projects and files."""

    def files(self, project: str) -> Sequence[File]:
        """Return all files that the indexes have for a project."""

    def metadata(self, project: str, file: File) -> Metadata:
        """Return a file's metadata; raises Unreadable."""

    def expect(self, project: str, files: Sequence[File]) -> None:
        """Announce that the metadata of these files will probably be needed next."""

    def by_url(self, requirement: Requirement) -> Given:
        """Return what a requirement's URL leads to; raises Unreadable."""


@dataclass(frozen=True)
class Refused:
    """Why the requirements cannot be installed together."""

    kind: str
    """`missing`: the indexes have nothing that meets a requirement; `conflict`; `python`: another
    Python is required; `too-deep`: it took too long."""
    causes: tuple[tuple[str, str], ...] = ()
    """The requirements in conflict, each with what requires it (empty for the user)."""
    certain: bool = True
    """Whether all facts behind it are certain."""


@dataclass(frozen=True)
class Settings:
    """The target, and the user's settings for the installer."""

    rules: Rules
    environment: Mapping[str, str]
    """The target's values for markers (PEP 508)."""
    formats: Callable[[str], Collection[str]]
    """Returns which of `binary` and `source` are allowed for a project."""
    constraints: Mapping[str, Sequence[Requirement]] = field(default_factory=dict)
    installed: Mapping[str, Metadata] = field(default_factory=dict)
    """What is installed in the target, by normalized name."""
    upgrade: str = "to-satisfy-only"
    """pip's upgrade strategy: `to-satisfy-only`, `only-if-needed` or `eager`."""
    reinstall: bool = False
    dependencies: bool = True
    by_depth: bool = False
    """Whether pip is older than 25.1, which decided on projects near the request first."""
    seconds: float = 60.0
    """The time limit in seconds of computing; waiting counts less."""

    def holds(self, requirement: Requirement, extras: Collection[str] = ()) -> bool:
        """Return whether a requirement's marker holds in the target, for one of these extras."""
        return holds(requirement, self.environment, extras)

    def runs(self, metadata: Metadata) -> bool:
        """Return whether a distribution's metadata allows the target's Python."""
        return self.rules.any_python or lets_in(metadata.requires_python, self.rules.python)

    def constraint(self, project: str) -> SpecifierSet:
        """Return the user's constraints on a project."""
        return constraint_on(project, self.constraints, self.environment)


@dataclass(eq=False)
class Candidate:
    """A distribution that could be installed, or the extras of one."""

    name: str
    version: Version | None
    """None if only a build would tell."""
    file: File | None = None
    """None for what is installed, or given by path or URL."""
    given: Given | None = None
    extras: frozenset[str] = frozenset()
    base: Candidate | None = None
    """The same candidate without extras."""

    @property
    def identifier(self) -> str:
        """The project's name with its extras."""
        return identifier(self.name, self.extras)

    @property
    def is_installed(self) -> bool:
        """Whether it is installed in the target already."""
        return self.file is None and self.given is None

    def __str__(self) -> str:
        return f"{self.identifier} {self.version or ''}".strip()


@dataclass(frozen=True, eq=False)
class Wanted:
    """One requirement on a project."""

    name: str
    extras: frozenset[str] = frozenset()
    specifier: SpecifierSet = field(default_factory=SpecifierSet)
    text: str = ""
    """The requirement as it was written."""
    hashes: frozenset[str] = frozenset()
    exact: Candidate | None = None
    """The only candidate that meets it."""

    @property
    def identifier(self) -> str:
        """The project's name with its extras."""
        return identifier(self.name, self.extras)

    def met_by(self, candidate: Candidate) -> bool:
        """Return whether a candidate meets it; unknown versions count as matching."""
        if self.exact is not None:
            return candidate is self.exact or same(candidate, self.exact)
        if candidate.version is None:
            return True
        return self.specifier.contains(candidate.version, prereleases=True)


@lru_cache(maxsize=None)
def parsed(text: str) -> Requirement | None:
    """Return a parsed requirement (PEP 508), or None if it is invalid."""
    try:
        return Requirement(text)
    except InvalidRequirement:
        return None


def holds(
    requirement: Requirement, environment: Mapping[str, str], extras: Collection[str] = ()
) -> bool:
    """Return whether a requirement's marker holds in an environment, for one of these extras."""
    if requirement.marker is None:
        return True
    return any(
        requirement.marker.evaluate({**environment, "extra": extra}) for extra in (extras or ("",))
    )


def constraint_on(
    project: str, constraints: Mapping[str, Sequence[Requirement]], environment: Mapping[str, str]
) -> SpecifierSet:
    """Return the user's constraints on a project in an environment."""
    specifier = SpecifierSet()
    for one in constraints.get(project, ()):
        if holds(one, environment):
            specifier &= one.specifier
    return specifier


def identifier(name: str, extras: Collection[str]) -> str:
    """Return the name by which a resolution identifies a project with extras."""
    return f"{name}[{','.join(sorted(extras))}]" if extras else name


def same(one: Candidate, other: Candidate) -> bool:
    """Return whether two candidates are the same distribution."""
    return (one.base or one) is (other.base or other)


def wanted_by(
    requirement: Requirement, text: str = "", hashes: Collection[str] = ()
) -> Iterator[Wanted]:
    """Yield what a requirement means; with extras, it also requires the project without them."""
    name = canonicalize_name(requirement.name)
    extras = frozenset(map(canonicalize_name, requirement.extras))
    told = text or str(requirement)
    yield Wanted(name, extras, requirement.specifier, told, frozenset(hashes))
    if extras and requirement.specifier:
        yield Wanted(name, frozenset(), requirement.specifier, told, frozenset(hashes))
