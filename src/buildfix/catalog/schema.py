"""What a recipe says, typed, and how each is read from its table."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from buildfix.catalog.structure import Problem, stored, structure
from buildfix.core import CAUSE_KINDS, Phase, Weight
from buildfix.dependency_kinds import KINDS

DETECTORS = tuple(dict.fromkeys(name for kind in KINDS.values() for name in kind.detectors))
"""The lists of a capability's recipe by which it is recognized."""

RemedyKind = Literal["upgrade", "rebuild", "constrain", "environment", "setup", "manual"]
MarkKind = Literal["project", "start", "done", "failed", "pardon", "failure", "success"]


@dataclass(frozen=True)
class Capability:
    """A thing that builds need, and what it is recognised by."""

    id: str
    """Its name in PEP 725's vocabulary."""
    title: str
    detectors: Mapping[str, tuple[str, ...]] = field(default_factory=dict, metadata=stored(""))
    """By which lists of its recipe it is recognized (`DETECTORS`)."""
    companions: tuple[str, ...] = field(default=(), metadata=stored("with"))
    """Ids of what one always needs together with it."""
    pypi: str | None = None
    """The distribution on PyPI that provides it as a wheel: a tool or a compiler."""
    pypi_bin: str = ""
    """Where in site-packages that wheel has the program itself, which no isolation hides: its
    script on PATH is Python and would have to import it."""
    also_named: tuple[str, ...] = ()
    """Further `kind:subject` that mean it, and stay as they are."""
    named: str | None = None
    """`kind:subject` by which a cause calls it, where that is not what was looked for."""


def capability_of(table: Mapping[str, Any], _: type, where: str) -> Capability:
    """Return a capability, whose detectors stand beside its other keys; raises RecipeError."""
    detectors = {
        name: structure(table[name], tuple[str, ...], f"{where}, key `{name}`")
        for name in DETECTORS
        if name in table
    }
    others = {key: value for key, value in table.items() if key not in DETECTORS}
    return replace(structure(others, Capability, where), detectors=detectors)


@dataclass(frozen=True)
class Example:
    """A real line that a pattern must match."""

    line: str
    origin: str
    subject: str | None = None
    required: str | None = None
    before: tuple[str, ...] = ()
    """Lines that stood before it, where the pattern asks for them."""
    after: tuple[str, ...] = ()
    """Lines that followed it, where the pattern looks at them."""


@dataclass(frozen=True)
class Remedy:
    """What puts a cause right where bringing a capability does not."""

    kind: RemedyKind
    distributions: tuple[str, ...] = ()
    """Requirements to upgrade, rebuild or install beforehand, or to constrain the build's own by;
    `{subject}` is the cause's."""
    variables: Mapping[str, str] = field(default_factory=dict)
    """What the installer gets (kind `environment`)."""
    setup: str = ""
    """The host recipe's setup that fixes it (kind `setup`)."""
    text: str = ""
    """What only a person can do (kind `manual`)."""


@dataclass(frozen=True)
class CausePattern:
    """Which line means which cause."""

    name: str
    kind: str
    pattern: re.Pattern[str]
    subject: str
    says: str
    weight: Weight = "certain"
    examples: tuple[Example, ...] = ()
    further: tuple[str, ...] = ()
    """What the same line names besides: subjects, or `kind:subject` of another kind."""
    required: str | None = None
    after: re.Pattern[str] | None = None
    within: int = 30
    """How many lines back `after` may stand."""
    then: re.Pattern[str] | None = None
    """Searched for in the three lines that follow, for more groups."""
    advice: str = ""
    """What a person can do about it, where buildfix can do nothing."""
    never: tuple[str, ...] = ()
    remedy: Remedy | None = None

    def __post_init__(self) -> None:
        if self.kind not in CAUSE_KINDS | KINDS.keys():
            raise Problem(f"`{self.kind}` is not a kind of cause", "kind")


@dataclass(frozen=True)
class Suppressed:
    """Lines in which no cause counts, or counts for no more than `weight`."""

    name: str
    pattern: re.Pattern[str]
    examples: tuple[Example, ...] = ()
    weight: Weight | None = None


@dataclass(frozen=True)
class Ignored:
    """Lines that never tell anything, by how they begin."""

    name: str
    pattern: re.Pattern[str]
    examples: tuple[Example, ...] = ()


@dataclass(frozen=True)
class Mark:
    """A line by which an installer tells where it is.

    `start`, `done` and `failed` belong together by their group `title`; `project` says which one
    comes now; `pardon` says that what failed in the last `within` lines was allowed to; `failure`
    and `success` speak of the whole. A group `project` names the project.
    """

    name: str
    mark: MarkKind
    pattern: re.Pattern[str]
    phase: Phase | None = None
    examples: tuple[Example, ...] = ()
    within: int = 20
    weight: Weight | None = None
    """What a pardoned cause counts for still; None: nothing."""


@dataclass(frozen=True)
class Fact:
    """A line that tells what causes may speak of: a subject's `{name}` is its value."""

    name: str
    pattern: re.Pattern[str]
    value: str
    examples: tuple[Example, ...] = ()
