"""What a recipe says of one project on PyPI, typed."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from packaging.requirements import InvalidRequirement, Requirement
from packaging.version import InvalidVersion, Version

from buildfix.catalog.parallel import optional_size
from buildfix.catalog.schema import Example, examples_of
from buildfix.catalog.table import Table, compile_pattern
from buildfix.core import Need


@dataclass(frozen=True)
class NamedIndex:
    """Where wheels of a project lie that the user's own indexes do not have."""

    url: str
    """With `{torch}` and `{cuda}` for what the target's torch is."""
    links: bool
    """Whether it is a page of links (`--find-links`) and no index (PEP 503)."""
    own: bool
    """Whether the project's own documentation tells to install from there."""

    @classmethod
    def read(cls, table: Table) -> NamedIndex:
        """Take it from its table; raises RecipeError."""
        index = cls(table.text("url"), links=table.flag("links"), own=table.flag("own"))
        fields = set(re.findall(r"\{(\w*)\}", index.url))
        if not index.url.startswith(("https://", "http://")) or not fields <= {"torch", "cuda"}:
            raise table.error("url", "must be a URL that asks for no more than {torch} and {cuda}")
        table.done()
        return index


@dataclass(frozen=True)
class Break:
    """A version from which on nothing runs that was built with an older one."""

    since: Version
    pattern: re.Pattern[str]
    """What such a module says when it is imported."""
    python: Version
    """The first Python for which no older version has a wheel."""
    source: str
    examples: tuple[Example, ...]

    @classmethod
    def read(cls, table: Table) -> Break:
        """Take it from its table; raises RecipeError."""
        found = cls(
            since=_version(table, "since"),
            pattern=compile_pattern(table, "pattern", table.text("pattern")),
            python=_version(table, "python"),
            source=table.text("source"),
            examples=examples_of(table),
        )
        table.done()
        return found


@dataclass(frozen=True)
class Since:
    """What a project's releases need besides, from one of them on."""

    release: Version
    build: tuple[Need, ...]

    @classmethod
    def read(cls, table: Table) -> Since:
        """Take it from its table; raises RecipeError."""
        entry = cls(
            release=_version(table, "release"),
            build=tuple(_need("build", need) for need in table.texts("build")),
        )
        table.done()
        return entry


@dataclass(frozen=True)
class Held:
    """Build requirements that a project's older releases take in old versions only."""

    before: Version
    requires: tuple[Requirement, ...]

    @classmethod
    def read(cls, table: Table) -> Held:
        """Take it from its table; raises RecipeError."""
        entry = cls(
            before=_version(table, "before"),
            requires=tuple(_requirement(table, text) for text in table.texts("requires")),
        )
        table.done()
        return entry


@dataclass(frozen=True)
class ProjectRecipe:
    """What neither log nor source of one project can tell."""

    name: str
    source: str
    modules: tuple[str, ...] = ()
    programs: tuple[tuple[str, ...], ...] = ()
    build: tuple[Need, ...] = ()
    run: tuple[Need, ...] = ()
    undeclared: tuple[str, ...] = ()
    """Requirements that its build imports and does not declare."""
    spare: tuple[str, ...] = ()
    """Ids of capabilities that its build takes in place of others only, and that are not missed."""
    wheels: str = ""
    """Where prebuilt wheels lie that the index does not have, for people."""
    indexes: tuple[NamedIndex, ...] = ()
    """The same for pip: asked where a build would be needed, the first one first."""
    repository: str = ""
    """What to ask for where the index has it not, or another project of its name."""
    breaks: tuple[Break, ...] = ()
    switches: Mapping[str, str] = field(default_factory=dict)
    """Variables that its build heeds, each with what it does."""
    memory_per_job: int | None = None
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

    @classmethod
    def read(cls, table: Table) -> ProjectRecipe:
        """Take it from its file's table; raises RecipeError."""
        recipe = cls(
            name=table.text("name"),
            source=table.text("source"),
            modules=table.texts("modules"),
            programs=table.text_lists("programs"),
            build=tuple(_need("build", text) for text in table.texts("build")),
            run=tuple(_need("run", text) for text in table.texts("run")),
            undeclared=table.texts("undeclared"),
            spare=table.texts("spare"),
            wheels=table.text("wheels", ""),
            indexes=tuple(map(NamedIndex.read, table.tables("index"))),
            repository=table.text("repository", ""),
            breaks=tuple(map(Break.read, table.tables("break"))),
            switches=table.text_map("switches"),
            memory_per_job=optional_size(table, "memory-per-job"),
            since=tuple(map(Since.read, table.tables("since"))),
            held=tuple(map(Held.read, table.tables("held"))),
        )
        table.done()
        return recipe


def _need(kind: str, text: str) -> Need:
    """Return a need of a capability as PEP 725 writes it, `dep:generic/libfoo@>=1.2`."""
    name, _, required = text.partition("@")
    return Need(kind, name, required or None)


def _requirement(table: Table, text: str) -> Requirement:
    try:
        return Requirement(text)
    except InvalidRequirement:
        raise table.error("requires", f"{text!r} is not a requirement") from None


def _version(table: Table, key: str) -> Version:
    text = table.text(key)
    try:
        return Version(text)
    except InvalidVersion:
        raise table.error(key, "must be a version") from None
