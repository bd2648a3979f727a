"""What a recipe says, typed, and how each is read from its table."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, cast, get_args

from buildfix.knowledge.table import Table
from buildfix.model import CAUSE_KINDS, Phase, Weight

Detector = Literal["headers", "libraries", "pkgconfig", "cmake", "commands", "words", "runtime"]
DETECTORS: tuple[Detector, ...] = get_args(Detector)

RemedyKind = Literal["upgrade", "rebuild", "manual"]
MarkKind = Literal["project", "start", "done", "failed", "pardon", "failure", "success"]


@dataclass(frozen=True)
class Capability:
    """A thing that builds need, and what it is recognised by."""

    id: str
    """Its name in PEP 725's vocabulary."""
    title: str
    detectors: Mapping[Detector, tuple[str, ...]] = field(default_factory=dict)
    companions: tuple[str, ...] = ()
    """Ids of what one always needs together with it."""
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
            named=table.optional_text("named"),
        )
        table.done()
        return capability


@dataclass(frozen=True)
class Packages:
    """The packages that bring a capability on a system."""

    build: tuple[str, ...] = ()
    """To compile and link against it, or the tool itself."""
    run: tuple[str, ...] = ()
    """Only to run what was built against it."""

    @classmethod
    def read(cls, table: Table) -> Packages:
        """Take packages from their table; raises RecipeError."""
        packages = cls(build=table.texts("build"), run=table.texts("run"))
        table.done()
        return packages


def _read_packages(table: Table) -> dict[str, Packages]:
    return {name: Packages.read(packages) for name, packages in table.named_tables()}


@dataclass(frozen=True)
class Release:
    """What is particular to one release of a system."""

    version: str
    codename: str = ""
    python: str = ""
    """Major and minor version of its default python3."""
    packages: Mapping[str, Packages] = field(default_factory=dict)

    @classmethod
    def read(cls, version: str, table: Table) -> Release:
        """Take a release from its table; raises RecipeError."""
        release = cls(
            version=version,
            codename=table.text("codename", ""),
            python=table.text("python", ""),
            packages=_read_packages(table.table("packages")),
        )
        table.done()
        return release


@dataclass(frozen=True)
class PythonPackages:
    """How a system packages its own interpreters."""

    headers: tuple[str, ...] = ()
    versioned_headers: tuple[str, ...] = ()
    venv: tuple[str, ...] = ()
    versioned_venv: tuple[str, ...] = ()
    owned: tuple[str, ...] = ()
    """Base prefixes whose interpreters the system owns."""

    @classmethod
    def read(cls, table: Table) -> PythonPackages:
        """Take them from their table; raises RecipeError."""
        python = cls(
            headers=table.texts("headers"),
            versioned_headers=table.texts("versioned-headers"),
            venv=table.texts("venv"),
            versioned_venv=table.texts("versioned-venv"),
            owned=table.texts("owned"),
        )
        table.done()
        return python


@dataclass(frozen=True)
class HostRecipe:
    """A system: its package manager, its releases, and what brings what there."""

    id: str
    title: str
    system: str
    manager: str
    extends: str | None = None
    python: PythonPackages = field(default_factory=PythonPackages)
    releases: Mapping[str, Release] = field(default_factory=dict)
    packages: Mapping[str, Packages] = field(default_factory=dict)

    @classmethod
    def read(cls, table: Table) -> HostRecipe:
        """Take a system from its file's table; raises RecipeError."""
        head = table.table("host")
        recipe = cls(
            id=head.text("id"),
            title=head.text("title"),
            system=head.text("system"),
            manager=head.text("manager"),
            extends=head.optional_text("extends"),
            python=PythonPackages.read(table.table("python")),
            releases={
                version: Release.read(version, release)
                for version, release in table.table("releases").named_tables()
            },
            packages=_read_packages(table.table("packages")),
        )
        head.done()
        table.done()
        return recipe

    def over(self, base: HostRecipe) -> HostRecipe:
        """Return this recipe with all that only `base` knows added."""
        return HostRecipe(
            id=self.id,
            title=self.title,
            system=self.system,
            manager=self.manager,
            python=self.python if self.python != PythonPackages() else base.python,
            releases=self.releases,
            packages={**base.packages, **self.packages},
        )

    def release(self, version: str) -> Release:
        """Return what is particular to a release, nothing where it is not known."""
        return self.releases.get(version) or Release(version)

    def packages_for(self, capability: str, version: str) -> Packages | None:
        """Return what brings a capability on a release, None where that is not known."""
        return self.release(version).packages.get(capability) or self.packages.get(capability)


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
    text: str = ""

    @classmethod
    def read(cls, table: Table) -> Remedy:
        """Take a remedy from its table; raises RecipeError."""
        kind = table.text("kind")
        if kind not in get_args(RemedyKind):
            raise table.error("kind", f"must be one of {', '.join(get_args(RemedyKind))}")
        remedy = cls(
            kind=cast(RemedyKind, kind),
            distributions=table.texts("distributions"),
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
        if kind not in CAUSE_KINDS:
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
            examples=_examples(table),
        )
        table.done()
        return cause


@dataclass(frozen=True)
class Noise:
    """Lines in which no cause counts, or counts for no more than `weight`."""

    name: str
    pattern: re.Pattern[str]
    examples: tuple[Example, ...]
    weight: Weight | None = None

    @classmethod
    def read(cls, table: Table) -> Noise:
        """Take it from its table; raises RecipeError."""
        noise = cls(
            name=table.text("name"),
            weight=_optional_weight(table),
            pattern=compile_pattern(table, "pattern", table.text("pattern")),
            examples=_examples(table),
        )
        table.done()
        return noise


@dataclass(frozen=True)
class Boring:
    """Lines that never tell anything, by how they begin."""

    name: str
    pattern: re.Pattern[str]
    examples: tuple[Example, ...]

    @classmethod
    def read(cls, table: Table) -> Boring:
        """Take it from its table; raises RecipeError."""
        boring = cls(
            name=table.text("name"),
            pattern=compile_pattern(table, "pattern", table.text("pattern")),
            examples=_examples(table),
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
            examples=_examples(table),
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
            examples=_examples(table),
        )
        table.done()
        return fact


@dataclass(frozen=True)
class ProjectRecipe:
    """What neither log nor source of one project can tell."""

    name: str
    source: str
    modules: tuple[str, ...] = ()
    programs: tuple[tuple[str, ...], ...] = ()
    build: tuple[str, ...] = ()
    run: tuple[str, ...] = ()

    @classmethod
    def read(cls, table: Table) -> ProjectRecipe:
        """Take it from its file's table; raises RecipeError."""
        recipe = cls(
            name=table.text("name"),
            source=table.text("source"),
            modules=table.texts("modules"),
            programs=table.text_lists("programs"),
            build=table.texts("build"),
            run=table.texts("run"),
        )
        table.done()
        return recipe


def _examples(table: Table) -> tuple[Example, ...]:
    return tuple(Example.read(example) for example in table.tables("examples"))


def _optional_weight(table: Table) -> Weight | None:
    weight = table.optional_text("weight")
    if weight is not None and weight not in get_args(Weight):
        raise table.error("weight", f"must be one of {', '.join(get_args(Weight))}")
    return cast("Weight | None", weight)


def _optional_pattern(table: Table, key: str) -> re.Pattern[str] | None:
    text = table.optional_text(key)
    return compile_pattern(table, key, text) if text else None


def compile_pattern(table: Table, key: str, pattern: str) -> re.Pattern[str]:
    """Return a compiled pattern; raises RecipeError."""
    try:
        return re.compile(pattern)
    except re.error as error:
        raise table.error(key, f"is not a regular expression: {error}") from error
