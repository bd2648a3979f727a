"""How many compile jobs a build may run, and how to tell its tools: plain functions.

Facts (which tool reads which variable, what a job needs) are in `recipes/parallel.toml` and the
projects' recipes; sizes are in bytes.
"""

from __future__ import annotations

import os
import shlex
from collections.abc import Container, Iterable, Iterator, Mapping
from dataclasses import field
from itertools import chain, islice
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from buildfix.catalog import Knowledge
from buildfix.catalog.parallel import JobVariable, Setting
from buildfix.catalog.structure import parsed
from buildfix.core import Interpreter, Request
from buildfix.core.errors import RecipeError
from buildfix.core.light_dataclass import dataclass
from buildfix.installers import installer_of
from buildfix.installers.requirements import distributions_asked, local_projects, named_projects
from buildfix.platforms.memory import Capacity

_MOST_THREADS = 4
_FILES_LOOKED_AT = 20_000


@dataclass(frozen=True)
class Parallelism:
    """How much to do in parallel."""

    jobs: int
    """Compile jobs."""
    threads: int = 1
    """Threads of one compiler (nvcc); each needs as much memory as a job."""
    builds: int = 1
    """Projects, if the installer builds several in parallel."""
    must_be_told: bool = False
    """Whether a tool would run more jobs by default."""

    def written(self, template: str) -> str:
        """Return a variable's value."""
        return template.format(jobs=self.jobs, threads=self.threads, builds=self.builds)

    def halved(self) -> Parallelism | None:
        """Return the parallelism that needs half the memory; None if there is none."""
        return Parallelism(self.jobs // 2, must_be_told=True) if self.jobs > 1 else None


@dataclass(frozen=True)
class Settings:
    """The settings for a build's tools."""

    variables: tuple[tuple[str, str], ...] = ()
    arguments: tuple[str, ...] = ()
    """Arguments for the installer."""
    files: Mapping[Path, str] = field(default_factory=dict)
    """Files to write first, by path; variables refer to them."""
    programs: frozenset[Path] = frozenset()
    """Which of the files are programs."""

    @property
    def lasting(self) -> tuple[tuple[str, str], ...]:
        """The variables that are useful beyond this run: those that do not refer to its files."""
        own = {str(path) for path in self.files}
        return tuple((name, value) for name, value in self.variables if value not in own)


def parallelism(
    request: Request, capacity: Capacity, per_job: int, beyond_cores: int = 0
) -> Parallelism:
    """Return how much to do in parallel: as requested, else what cores and memory allow.

    A tool without a setting runs `beyond_cores` more jobs than cores.
    """
    cores, free = capacity.cores, capacity.available
    fitting = cores if free is None else max(1, min(cores, free // per_job))
    jobs = request.jobs or fitting
    spare = cores if free is None else free // (per_job * jobs)
    threads = max(1, min(_MOST_THREADS, cores // jobs, spare))
    untold = cores + beyond_cores
    bearable = request.jobs or (untold if free is None else free // per_job)
    return Parallelism(
        jobs, threads, builds=max(1, min(cores, spare)), must_be_told=bearable < untold
    )


def memory_per_job(request: Request, knowledge: Knowledge, seen: Mapping[str, int]) -> int:
    """Return the bytes that one job of the largest requested project needs; raises RecipeError.

    `seen` is what a job needed here before, by project; otherwise its recipe counts, or its
    languages.
    """
    names = [name for name in distributions_asked(request) if "://" not in name]
    known = filter(None, (_memory_known(name, knowledge, seen) for name in names))
    local = (_by_language(folder, knowledge) for folder in local_projects(request))
    return max(chain(known, local), default=knowledge.parallel.otherwise.memory)


def memory_of(name: str, knowledge: Knowledge, seen: Mapping[str, int]) -> int:
    """Return the bytes that one job of a project needs, as in `memory_per_job`."""
    return _memory_known(name, knowledge, seen) or knowledge.parallel.otherwise.memory


def _memory_known(name: str, knowledge: Knowledge, seen: Mapping[str, int]) -> int | None:
    return seen.get(name) or _by_recipe(name, knowledge)


def settings(
    amount: Parallelism,
    request: Request,
    interpreter: Interpreter,
    knowledge: Knowledge,
    environ: Mapping[str, str],
    folder: Path,
    system: str,
    there: Container[str] = (),
    shown: Container[str] = (),
) -> Settings:
    """Return the settings for a system's tools, with files in `folder`; raises RecipeError.

    What `environ` or the installer's arguments set already is left unchanged. `there` are the
    programs known to exist here, `shown` what is known of all sources to be built
    (`buildfix.catalog.parallel.SHOWN`).
    """
    turned: list[tuple[str, str]] = []
    files: dict[Path, str] = {}
    programs: set[Path] = set()
    for knob in knowledge.parallel.knobs:
        value = _turned(knob, amount, environ, folder)
        if not value or not _is_heeded(knob, system, there, shown):
            continue
        turned.append((knob.variable, value))
        if knob.file:
            files[Path(value)] = _text_of(knob, amount)
        if knob.programs:
            programs.add(Path(value))
    arguments = tuple(_arguments(amount, request, interpreter, knowledge))
    return Settings(tuple(turned), arguments, files, frozenset(programs))


def _is_heeded(
    knob: JobVariable, system: str, there: Container[str], shown: Container[str]
) -> bool:
    """Return whether a variable means something here, and is not known to do harm."""
    runs_one = not knob.programs or any(name in there for name in knob.programs)
    harmless = knob.only_where is None or knob.only_where in shown
    return runs_one and harmless and system not in knob.not_on


def out_of_reach(
    knob: JobVariable, told: Settings, request: Request, builds: Mapping[str, Iterable[str]]
) -> tuple[str, ...]:
    """Return the builds whose jobs nothing limits yet, although a variable could.

    `builds` are the projects, each with its build requirements. pip's config settings only reach
    requested projects, not dependencies.
    """
    reached = set(named_projects(request)) if told.arguments else set()
    if told.arguments:
        reached.update(filter(None, map(_name, local_projects(request))))
    return tuple(
        name
        for name, requires in builds.items()
        if canonicalize_name(name) not in reached
        and any(canonicalize_name(Requirement(one).name) == knob.needed_by for one in requires)
    )


def _text_of(knob: JobVariable, amount: Parallelism) -> str:
    """Return the contents of a variable's file; a program finds the real one when it runs."""
    value = amount.written(knob.value).lstrip()
    if not knob.programs:
        return value
    runs = '"$program" ' + shlex.quote(value) + ' "$@"'
    return f"""#!/bin/sh
for name in {" ".join(knob.programs)}; do
  program=$(command -v "$name") && exec {runs}
done
exit 127
"""


def _turned(
    knob: JobVariable, amount: Parallelism, environ: Mapping[str, str], folder: Path
) -> str:
    """Return a variable's value; "" if the user has set it already."""
    theirs = environ.get(knob.variable, "")
    # make's options end where ` -- ` begins the variables of its command line.
    options, end, rest = theirs.partition(" -- ")
    if theirs and (knob.within is None or knob.within.search(options)):
        return ""
    ours = str(folder / knob.file) if knob.file else amount.written(knob.value)
    return f"{options} {ours}{end}{rest}" if theirs else ours


def _arguments(
    amount: Parallelism, request: Request, interpreter: Interpreter, knowledge: Knowledge
) -> Iterator[str]:
    """Yield pip's --config-settings, which all requested projects must support."""
    if not installer_of(request.installer).takes_config_settings(interpreter):
        return
    names, folders = named_projects(request), local_projects(request)
    words = (*request.requirements, *request.editables)
    if request.requirement_files or len(names) + len(folders) != len(words):
        return
    for setting in knowledge.parallel.settings:
        theirs = any(setting.key in word for word in request.installer_args)
        if not theirs and _all_heed(setting, names, folders):
            yield "--config-settings"
            yield f"{setting.key}={amount.written(setting.value)}"


def _all_heed(setting: Setting, names: Iterable[str], folders: Iterable[Path]) -> bool:
    return set(names) <= setting.projects and all(
        _backend(folder) == setting.backend for folder in folders
    )


def _backend(folder: Path) -> str | None:
    """Return the build backend that a project names (PEP 517); None if it names none."""
    return _declared(folder, "build-system", "build-backend")


def _name(folder: Path) -> str | None:
    name = _declared(folder, "project", "name")
    return canonicalize_name(name) if name else None


def _declared(folder: Path, table: str, key: str) -> str | None:
    try:
        value = parsed(folder / "pyproject.toml").get(table, {}).get(key)
    except (RecipeError, AttributeError):  # a table that is none
        return None
    return value if isinstance(value, str) else None


def _by_recipe(name: str, knowledge: Knowledge) -> int | None:
    recipe = knowledge.project(name)
    return recipe.memory_per_job if recipe else None


def _by_language(folder: Path, knowledge: Knowledge) -> int:
    """Return what a job needs for the most demanding language of a source tree."""
    found = (Path(name).suffix for _, _, names in os.walk(folder) for name in names)
    suffixes = set(islice(found, _FILES_LOOKED_AT))
    languages = knowledge.parallel.languages
    sizes = [one.memory for one in languages if suffixes & one.suffixes]
    return max(sizes, default=knowledge.parallel.otherwise.memory)


def size(count: float) -> str:
    """Return bytes as text, in GiB or MiB."""
    giga, mega = 1 << 30, 1 << 20
    return f"{count / giga:.1f} GiB" if count >= giga else f"{count / mega:.0f} MiB"
