"""Capabilities, causes and other recipes as types, and how their tables are read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field, replace
from typing import Any, Literal

from buildfix.catalog.stored import LazyPattern, Problem, check_placeholders, stored
from buildfix.catalog.structure import structure
from buildfix.core import CAUSE_KINDS, Phase, Weight
from buildfix.core.light_dataclass import dataclass
from buildfix.dependency_kinds import KINDS

DETECTORS = tuple(dict.fromkeys(name for kind in KINDS.values() for name in kind.detectors))
"""The lists of a capability's recipe by which it is recognized."""

RemedyKind = Literal["upgrade", "rebuild", "constrain", "environment", "setup", "manual"]
MarkKind = Literal[
    "project", "start", "done", "failed", "pardon", "error", "runs", "failure", "success"
]


@dataclass(frozen=True)
class Capability:
    """A thing that builds need, and how it is recognized."""

    id: str
    """Its name in PEP 725's vocabulary."""
    title: str
    other_ids: tuple[str, ...] = ()
    """Ids that mean it, too, in the registry of PEP 804."""
    detectors: Mapping[str, tuple[str, ...]] = field(default_factory=dict, metadata=stored(""))
    """The lists in its recipe that recognize it (`DETECTORS`)."""
    companions: tuple[str, ...] = field(default=(), metadata=stored("with"))
    """Ids of capabilities that are always needed with it."""
    pypi: str | None = None
    """The distribution on PyPI that provides it as a wheel: a tool or a compiler."""
    pypi_bin: str = ""
    """The folder in site-packages with the program itself, which isolation does not hide: its
    script on PATH is Python and would have to import it."""
    also_named: tuple[str, ...] = ()
    """Other `kind:subject` pairs that mean it, and are not renamed."""
    named: str | None = None
    """The `kind:subject` by which a cause names it, if it differs from what was looked for."""


def capability_of(table: dict[str, Any], _: type, where: str) -> Capability:
    """Return a capability; its detectors are among its other keys. Raises RecipeError."""
    detectors = {
        name: structure(table[name], tuple[str, ...], f"{where}, key `{name}`")
        for name in DETECTORS
        if name in table
    }
    others = table.__class__((key, table[key]) for key in table if key not in DETECTORS)
    return replace(structure(others, Capability, where), detectors=detectors)


@dataclass(frozen=True)
class Example:
    """A real line that a pattern must match."""

    line: str
    origin: str
    subject: str | None = None
    required: str | None = None
    before: tuple[str, ...] = ()
    """Lines before it, if the pattern needs them."""
    after: tuple[str, ...] = ()
    """Lines after it, if the pattern reads them."""


@dataclass(frozen=True)
class Remedy:
    """How to fix a cause that providing a capability does not fix."""

    kind: RemedyKind
    distributions: tuple[str, ...] = ()
    """Requirements to upgrade, rebuild or install first, or constraints for the build; `{subject}`
    is the cause's."""
    variables: Mapping[str, str] = field(default_factory=dict)
    """Variables for the installer (kind `environment`)."""
    setup: str = ""
    """The host recipe's setup that fixes it (kind `setup`)."""
    text: str = ""
    """What only a person can do (kind `manual`)."""


@dataclass(frozen=True)
class CausePattern:
    """Which line means which cause."""

    name: str
    kind: str
    pattern: LazyPattern
    subject: str
    says: str
    weight: Weight = "certain"
    examples: tuple[Example, ...] = ()
    further: tuple[str, ...] = ()
    """What else the line names: subjects, or `kind:subject` for another kind."""
    required: str | None = None
    after: LazyPattern | None = None
    within: int = 30
    """How many lines back `after` may be."""
    then: LazyPattern | None = None
    """Searched for in the three following lines, for more groups."""
    only_then: bool = False
    """Whether the line means this cause only where `then` is found."""
    advice: str = ""
    """What a person can do about it if buildfix cannot do anything."""
    never: tuple[str, ...] = ()
    remedy: Remedy | None = None

    def __post_init__(self) -> None:
        if self.kind not in CAUSE_KINDS | KINDS.keys():
            raise Problem(f"`{self.kind}` is not a kind of cause", "kind")
        check_placeholders("says", (self.says,), "subject", "message", "name")
        check_placeholders("advice", (self.advice,), "subject")
        check_placeholders("never", self.never, "subject")


@dataclass(frozen=True)
class Suppressed:
    """Lines in which no cause counts, or at most with `weight`."""

    name: str
    pattern: LazyPattern
    examples: tuple[Example, ...] = ()
    weight: Weight | None = None


@dataclass(frozen=True)
class Ignored:
    """Lines that never contain information, by how they start."""

    name: str
    pattern: LazyPattern
    examples: tuple[Example, ...] = ()


@dataclass(frozen=True)
class Mark:
    """A line by which an installer says what it is doing.

    `start`, `done` and `failed` belong together by their group `title`; `project` names the next
    project; `pardon` means that what failed in the last `within` lines was allowed to; `failure`
    and `success` are about the whole, `error` about the section: one that ends well was not wrong.
    `runs` means that `things` are not absent, whatever was said of them before. A group `project`
    names the project.
    """

    name: str
    mark: MarkKind
    pattern: LazyPattern
    phase: Phase | None = None
    examples: tuple[Example, ...] = ()
    within: int = 20
    weight: Weight | None = None
    """The weight that a pardoned cause still has; None: none."""
    things: frozenset[str] = frozenset()
    """What runs, as `kind:subject` of its absence."""


@dataclass(frozen=True)
class Fact:
    """A line with a value that causes can refer to: `{name}` in a subject is replaced by it."""

    name: str
    pattern: LazyPattern
    value: str
    examples: tuple[Example, ...] = ()
