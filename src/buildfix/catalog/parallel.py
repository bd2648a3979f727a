"""What `recipes/parallel.toml` says, typed: the knobs of parallel builds, the memory of a job."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import PurePath
from typing import Literal

from buildfix.catalog.structure import Problem, stored
from buildfix.core.errors import RecipeError

_SIZE = re.compile(r"(\d+(?:\.\d+)?) (MiB|GiB)")
_PROGRAM = re.compile(r"[a-z][a-z0-9-]*")
OBJECTS_APART = "objects-apart"
"""No two extensions of a project write one object file."""
MAKEFILES_GENERATED = "makefiles-generated"
"""Every makefile of a project is made by a tool that makes them for parallel jobs."""
Shown = Literal["objects-apart", "makefiles-generated"]
_UNITS = {"MiB": 1 << 20, "GiB": 1 << 30}


def size_of(text: str) -> int:
    """Return a size such as `1.5 GiB` in bytes; raises Problem."""
    match = _SIZE.fullmatch(text)
    if match is None or not float(match[1]):
        raise Problem("must be a size such as `512 MiB` or `1.5 GiB`")
    return int(float(match[1]) * _UNITS[match[2]])


@dataclass(frozen=True)
class JobVariable:
    """A variable that sets how much a build does in parallel."""

    variable: str
    value: str
    """With `{jobs}`, `{threads}` and `{builds}`; of the file, where there is one."""
    source: str
    within: re.Pattern[str] | None = None
    """What tells that the user's own value says it already; where it does not, ours is added."""
    file: str | None = None
    """The name of the file that the variable names."""
    side_by_side: re.Pattern[str] | None = None
    """What a log says of each thing built at once, where some builds do not bear it."""
    only_where: Shown | None = None
    """What must be shown of all sources that will be built (`Shown`); else it stays unset."""
    programs: tuple[str, ...] = ()
    """Where the file is a program: those of which it runs the first that is on PATH, with `value`
    before all other arguments."""
    beyond_cores: int = 0
    """How many more jobs than there are cores such a program runs where nobody tells it."""
    needed_by: str | None = None
    """The build requirement of those builds that need one of these programs here to be told."""
    not_on: frozenset[str] = frozenset()
    """Systems, as sys.platform calls them, on which something else understands it wrongly."""

    def __post_init__(self) -> None:
        if self.file is not None and PurePath(self.file).name != self.file:
            raise Problem("must be a plain file name", "file")
        sound = all(map(_PROGRAM.fullmatch, self.programs))
        if not sound or (self.programs and self.file is None):
            raise Problem("must be program names, and need a `file` that runs them", "programs")


@dataclass(frozen=True)
class Setting:
    """A config setting (PEP 517) that one backend heeds."""

    backend: str
    key: str
    value: str
    source: str
    projects: frozenset[str] = frozenset()
    """Normalised names of projects that have this backend."""


@dataclass(frozen=True)
class Language:
    """What one compile job takes in a language."""

    name: str
    memory: int = field(metadata=stored(None, str, size_of))
    source: str
    suffixes: frozenset[str] = frozenset()
    otherwise: bool = False
    """Whether it stands for a source that nobody has seen yet."""


@dataclass(frozen=True)
class SideBySide:
    """What is known to leave the object files of a setuptools build where they are."""

    variable: str
    """Of the knob that builds side by side."""
    source: str
    other_backends: frozenset[str] = frozenset()
    """Build backends that do not build by setuptools."""
    build_requires: frozenset[str] = frozenset()
    """Normalized names of build requirements that do not change setuptools' build_ext."""
    patching: frozenset[str] = frozenset()
    """Modules of them that change setuptools when they are imported."""
    keywords: frozenset[str] = frozenset()
    """Arguments of setup() that have no part in building extensions, and `ext_modules`."""
    commands: frozenset[str] = frozenset()
    """Command classes that build extensions as setuptools' own."""
    extensions: frozenset[str] = frozenset()
    """Classes of extensions that setuptools builds as it builds its own."""
    pure: frozenset[str] = frozenset()
    """Functions that change nothing, and whose result has no list of the script's in it."""
    reading_methods: frozenset[str] = frozenset()
    """Methods that change nothing, whatever they are called on."""

    def modules_of(self, requirement: str) -> tuple[str, ...]:
        """Return what the top module of a build requirement may be called (`Cython`, `numpy`)."""
        if requirement not in self.build_requires:
            return ()
        return (requirement.replace("-", "_"), requirement.capitalize())


@dataclass(frozen=True)
class ParallelRecipes:
    """All that is known about parallel builds."""

    knobs: tuple[JobVariable, ...]
    settings: tuple[Setting, ...]
    languages: tuple[Language, ...]
    side_by_side: SideBySide = SideBySide("", "")

    @property
    def beyond_cores(self) -> int:
        """How many more jobs than there are cores some tool runs where nobody tells it."""
        return max((knob.beyond_cores for knob in self.knobs), default=0)

    @property
    def otherwise(self) -> Language:
        """The language that stands for a source not seen yet; raises RecipeError."""
        found = next((one for one in self.languages if one.otherwise), None)
        if found is None:
            raise RecipeError("parallel.toml", "no language has `otherwise`")
        return found
