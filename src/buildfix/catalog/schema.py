"""What a recipe says, typed, and how each is read from its table."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, cast, get_args

from buildfix.catalog.table import Table, compile_pattern
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
    detectors: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    companions: tuple[str, ...] = ()
    """Ids of what one always needs together with it."""
    pypi: str | None = None
    """The distribution on PyPI that brings it as a wheel: a tool, or a compiler."""
    pypi_bin: str = ""
    """Where in site-packages that wheel has the program itself, which no isolation hides: its
    script on PATH is Python and would have to import it."""
    also_named: tuple[str, ...] = ()
    """Further `kind:subject` that mean it, and stay as they are."""
    named: str | None = None
    """`kind:subject` by which a cause calls it, where that is not what was looked for."""

    @classmethod
    def read(cls, table: Table) -> Capability:
        """Take a capability from its table; raises RecipeError."""
        capability = cls(
            id=table.text("id"),
            title=table.text("title"),
            detectors={name: table.texts(name) for name in DETECTORS if name in table},
            companions=table.texts("with"),
            pypi=table.optional_text("pypi"),
            pypi_bin=table.text("pypi-bin", ""),
            also_named=table.texts("also-named"),
            named=table.optional_text("named"),
        )
        table.done()
        return capability


@dataclass(frozen=True)
class Example:
    """A real line that proves a pattern."""

    line: str
    origin: str
    subject: str | None = None
    required: str | None = None
    before: tuple[str, ...] = ()
    """Lines that stood before it, where the pattern asks for them."""
    after: tuple[str, ...] = ()
    """Lines that followed it, where the pattern looks at them."""

    @classmethod
    def read(cls, table: Table) -> Example:
        """Take an example from its table; raises RecipeError."""
        example = cls(
            line=table.text("line"),
            origin=table.text("origin"),
            subject=table.optional_text("subject"),
            required=table.optional_text("required"),
            before=table.texts("before"),
            after=table.texts("after"),
        )
        table.done()
        return example


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
    """The host recipe's setup that puts it right (kind `setup`)."""
    text: str = ""
    """What only a person can do (kind `manual`)."""

    @classmethod
    def read(cls, table: Table) -> Remedy:
        """Take a remedy from its table; raises RecipeError."""
        kind = table.text("kind")
        if kind not in get_args(RemedyKind):
            raise table.error("kind", f"must be one of {', '.join(get_args(RemedyKind))}")
        remedy = cls(
            kind=cast(RemedyKind, kind),
            distributions=table.texts("distributions"),
            variables=table.text_map("variables"),
            setup=table.text("setup", ""),
            text=table.text("text", ""),
        )
        table.done()
        return remedy


@dataclass(frozen=True)
class CausePattern:
    """Which line means which cause."""

    name: str
    kind: str
    pattern: re.Pattern[str]
    subject: str
    weight: Weight
    says: str
    examples: tuple[Example, ...]
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

    @classmethod
    def read(cls, table: Table) -> CausePattern:
        """Take a cause from its table; raises RecipeError."""
        kind = table.text("kind")
        if kind not in CAUSE_KINDS | KINDS.keys():
            raise table.error("kind", f"`{kind}` is not a kind of cause")
        cause = cls(
            name=table.text("name"),
            kind=kind,
            pattern=compile_pattern(table, "pattern", table.text("pattern")),
            subject=table.text("subject"),
            further=table.texts("further"),
            required=table.optional_text("required"),
            weight=_optional_weight(table) or "certain",
            after=_optional_pattern(table, "after"),
            within=table.number("within", 30),
            then=_optional_pattern(table, "then"),
            says=table.text("says"),
            advice=table.text("advice", ""),
            never=table.texts("never"),
            remedy=Remedy.read(table.table("remedy")) if "remedy" in table else None,
            examples=examples_of(table),
        )
        table.done()
        return cause


@dataclass(frozen=True)
class Suppressed:
    """Lines in which no cause counts, or counts for no more than `weight`."""

    name: str
    pattern: re.Pattern[str]
    examples: tuple[Example, ...]
    weight: Weight | None = None

    @classmethod
    def read(cls, table: Table) -> Suppressed:
        """Take it from its table; raises RecipeError."""
        noise = cls(
            name=table.text("name"),
            weight=_optional_weight(table),
            pattern=compile_pattern(table, "pattern", table.text("pattern")),
            examples=examples_of(table),
        )
        table.done()
        return noise


@dataclass(frozen=True)
class Ignored:
    """Lines that never tell anything, by how they begin."""

    name: str
    pattern: re.Pattern[str]
    examples: tuple[Example, ...]

    @classmethod
    def read(cls, table: Table) -> Ignored:
        """Take it from its table; raises RecipeError."""
        boring = cls(
            name=table.text("name"),
            pattern=compile_pattern(table, "pattern", table.text("pattern")),
            examples=examples_of(table),
        )
        table.done()
        return boring


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
    phase: Phase | None
    examples: tuple[Example, ...]
    within: int = 20
    weight: Weight | None = None
    """What a pardoned cause counts for still; None: nothing."""

    @classmethod
    def read(cls, table: Table) -> Mark:
        """Take it from its table; raises RecipeError."""
        mark, phase = table.text("mark"), table.optional_text("phase")
        weight = _optional_weight(table)
        if mark not in get_args(MarkKind):
            raise table.error("mark", f"must be one of {', '.join(get_args(MarkKind))}")
        if phase is not None and phase not in get_args(Phase):
            raise table.error("phase", f"must be one of {', '.join(get_args(Phase))}")
        result = cls(
            name=table.text("name"),
            mark=cast(MarkKind, mark),
            pattern=compile_pattern(table, "pattern", table.text("pattern")),
            phase=cast("Phase | None", phase),
            within=table.number("within", 20),
            weight=weight,
            examples=examples_of(table),
        )
        table.done()
        return result


@dataclass(frozen=True)
class Fact:
    """A line that tells what causes may speak of: a subject's `{name}` is its value."""

    name: str
    pattern: re.Pattern[str]
    value: str
    examples: tuple[Example, ...]

    @classmethod
    def read(cls, table: Table) -> Fact:
        """Take it from its table; raises RecipeError."""
        fact = cls(
            name=table.text("name"),
            pattern=compile_pattern(table, "pattern", table.text("pattern")),
            value=table.text("value"),
            examples=examples_of(table),
        )
        table.done()
        return fact


def examples_of(table: Table) -> tuple[Example, ...]:
    """Take the examples beside a pattern; raises RecipeError."""
    return tuple(Example.read(example) for example in table.tables("examples"))


def _optional_weight(table: Table) -> Weight | None:
    weight = table.optional_text("weight")
    if weight is not None and weight not in get_args(Weight):
        raise table.error("weight", f"must be one of {', '.join(get_args(Weight))}")
    return cast("Weight | None", weight)


def _optional_pattern(table: Table, key: str) -> re.Pattern[str] | None:
    text = table.optional_text(key)
    return compile_pattern(table, key, text) if text else None
