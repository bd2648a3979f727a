"""What a recipe says of one project on PyPI, typed."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from packaging.requirements import Requirement
from packaging.version import InvalidVersion, Version

from buildfix.catalog.parallel import size_of
from buildfix.catalog.schema import Example
from buildfix.catalog.structure import Problem, stored
from buildfix.core import Need


def _needs(kind: str, texts: Iterable[str]) -> tuple[Need, ...]:
    """Return needs of capabilities as PEP 725 writes them, `dep:generic/libfoo@>=1.2`."""
    parts = (text.partition("@") for text in texts)
    return tuple(Need(kind, name, required or None) for name, _, required in parts)


def _stored_needs(kind: str) -> Mapping[str, Any]:
    return stored(None, tuple[str, ...], partial(_needs, kind))


@dataclass(frozen=True)
class NamedIndex:
    """Where wheels of a project lie that the user's own indexes do not have."""

    url: str
    """With `{torch}` and `{cuda}` for what the target's torch is."""
    links: bool = False
    """Whether it is a page of links (`--find-links`) and no index (PEP 503)."""
    own: bool = False
    """Whether the project's own documentation tells to install from there."""

    def __post_init__(self) -> None:
        fields = set(re.findall(r"\{(\w*)\}", self.url))
        if not self.url.startswith(("https://", "http://")) or not fields <= {"torch", "cuda"}:
            raise Problem("must be a URL whose only placeholders are {torch} and {cuda}", "url")


@dataclass(frozen=True)
class Break:
    """A version from which on nothing runs that was built with an older one."""

    since: Version
    pattern: re.Pattern[str]
    """What such a module says when it is imported."""
    python: Version
    """The first Python for which no older version has a wheel."""
    source: str
    examples: tuple[Example, ...] = ()


@dataclass(frozen=True)
class Since:
    """What a project's releases need besides, from one of them on."""

    release: Version
    build: tuple[Need, ...] = field(default=(), metadata=_stored_needs("build"))


@dataclass(frozen=True)
class Held:
    """Build requirements that a project's older releases take in old versions only."""

    before: Version
    requires: tuple[Requirement, ...] = ()


@dataclass(frozen=True)
class ProjectRecipe:
    """What neither log nor source of one project can tell."""

    name: str
    source: str
    modules: tuple[str, ...] = ()
    programs: tuple[tuple[str, ...], ...] = ()
    build: tuple[Need, ...] = field(default=(), metadata=_stored_needs("build"))
    run: tuple[Need, ...] = field(default=(), metadata=_stored_needs("run"))
    undeclared: tuple[str, ...] = ()
    """Requirements that its build imports and does not declare."""
    spare: tuple[str, ...] = ()
    """Ids of capabilities that its build takes in place of others only, and that are not missed."""
    wheels: str = ""
    """Where prebuilt wheels lie that the index does not have, for people."""
    indexes: tuple[NamedIndex, ...] = field(default=(), metadata=stored("index"))
    """The same for pip: asked where a build would be needed, the first one first."""
    repository: str = ""
    """What to ask for where the index has it not, or another project of its name."""
    breaks: tuple[Break, ...] = field(default=(), metadata=stored("break"))
    switches: Mapping[str, str] = field(default_factory=dict)
    """Variables that its build heeds, each with what it does."""
    memory_per_job: int | None = field(default=None, metadata=stored(None, str, size_of))
    """Bytes that one compile job takes."""
    since: tuple[Since, ...] = ()
    """What only newer releases need to be built."""
    held: tuple[Held, ...] = ()
    """What only older releases do not build with."""

    def build_of(self, release: str) -> tuple[Need, ...]:
        """Return what a release needs to be built; of one that is not known, what all need."""
        try:
            version = Version(release)
        except InvalidVersion:
            return self.build
        later = (need for one in self.since if version >= one.release for need in one.build)
        held = (text for one in self.held if version < one.before for text in one.requires)
        return (*self.build, *later, *(Need("held", one.name, str(one.specifier)) for one in held))
