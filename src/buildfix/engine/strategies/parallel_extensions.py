"""Builds with extensions in parallel: when that is allowed, and when not to trust the result.

It is allowed only if the sources of everything to be built were read and show that no two objects
share a path (`buildfix.analysis.side_by_side`). Afterwards the log must agree: pip may have built
another release than the one that was read, or an unexpected project.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from packaging.utils import canonicalize_name

from buildfix.catalog.parallel import OBJECTS_APART
from buildfix.core import Cause, Diagnosis, Need, Variables, learned
from buildfix.engine.jobs import Parallelism, Settings
from buildfix.engine.outcome import Answer
from buildfix.engine.session import Session
from buildfix.engine.strategies.out_of_memory import with_fewer_jobs
from buildfix.installers import installer_of

_HARMFUL_GROUPS = ("[distutils.commands]", "[setuptools.finalize_distribution_options]")
_SPOILING = "save-temps"
_FLAGS = ("CFLAGS", "CXXFLAGS", "CPPFLAGS", "CC", "CXX", "OPT")
_MADE = re.compile(r"Created (?:wheel|editable) for \S+: filename=(?P<file>\S+)")
_BEGUN = re.compile(
    r"(?:Building (?:wheel|editable) for|Running setup\.py \w+ for) (?P<name>[\w.-]+)"
)
_COMPILES = re.compile(r"\s-c\s.*?\s-o\s+(?P<object>\S+\.o(?:bj)?)(?=\s|$)")


def shown_here(session: Session) -> Mapping[str, Mapping[str, str]]:
    """Return what is proven of all builds (`SHOWN`), as far as it is true in this target."""
    shown = session.foreseen_so_far().shown
    uses_pip = installer_of(session.request.installer).uses_pip
    if session.state.one_by_one or session.state.rebuild or not uses_pip:
        return {}
    if OBJECTS_APART in shown and (_has_plugins(session) or _is_spoilt(session)):
        return {what: builds for what, builds in shown.items() if what != OBJECTS_APART}
    return shown


def handle(
    failed: Diagnosis,
    log: Path,
    side_by_side: Mapping[str, str],
    patterns: Sequence[re.Pattern[str]],
    jobs: Parallelism,
    told: Callable[[Parallelism], Variables],
    lacking: Callable[[], tuple[Need, ...]],
) -> Answer:
    """Return one job if the cause is unknown and extensions were built in parallel.

    setuptools does not do that by default, so buildfix may be at fault; everything from the attempt
    is reinstalled. `patterns` show in its `log` what was built in parallel. `told` returns the
    variables that limit builds, `lacking` the programs that are needed for that.
    """
    if failed.known or not side_by_side:
        return None
    if not (distrusted(side_by_side, log) or _several(log, patterns)):
        return None
    one, why = Parallelism(1), "the cause is unknown, and extensions were built in parallel"
    remedy = with_fewer_jobs(failed, jobs, one, why, told(one))
    records = (learned.ParallelBuildDoubted(), *remedy.records)
    return replace(remedy, records=records, needs=lacking)


def _several(log: Path, patterns: Iterable[re.Pattern[str]]) -> bool:
    """Return whether a log shows several extensions being built in parallel."""
    with log.open(encoding="utf-8", errors="replace") as text:
        lines = [line.strip() for line in text]
    return any(sum(1 for line in lines if one.search(line)) > 1 for one in patterns)


def relied_on(session: Session, told: Settings, jobs: int) -> Mapping[str, str]:
    """Return the builds, with versions, whose extensions this many jobs build in parallel."""
    variables = dict(told.variables)
    knobs = session.knowledge.parallel.knobs
    ours = [one for one in knobs if one.only_where == OBJECTS_APART and one.variable in variables]
    return shown_here(session).get(OBJECTS_APART, {}) if ours and jobs > 1 else {}


def distrusted(side_by_side: Mapping[str, str], log: Path) -> Diagnosis | None:
    """Return why an attempt's results must not be used; None if they may.

    This only concerns attempts that built `side_by_side`.
    """
    if not side_by_side:
        return None
    with log.open(encoding="utf-8", errors="replace") as lines:
        found = next(_contradictions(lines, side_by_side), None)
    if found is None:
        return None
    number, line, says = found
    return Diagnosis(failed=True, cause=Cause("unknown", "-", number, line), says=says)


def forget_doubtful(session: Session, diagnosis: Diagnosis) -> None:
    """Discard the wheels of a failed attempt whose extensions may be wrong."""
    side_by_side = session.state.side_by_side
    if not side_by_side:
        return
    if not diagnosis.known or distrusted(side_by_side, Path(session.state.attempts[-1].log)):
        for wheels in session.cache.glob("wheels") if session.cache else ():
            shutil.rmtree(wheels, ignore_errors=True)
        if session.house:
            session.house.forget(len(session.state.attempts))


def _contradictions(
    lines: Iterable[str], builds: Mapping[str, str]
) -> Iterator[tuple[int, str, str]]:
    """Yield the lines that tell of another build than was read, or of an object written twice."""
    objects: set[str] = set()
    for number, line in enumerate(lines, 1):
        line = line.strip()
        if begun := _BEGUN.search(line):
            objects.clear()
            if canonicalize_name(begun["name"]) not in builds:
                why = f"{begun['name']} was built in parallel, but its source had not been checked."
                yield number, line, why
        elif made := _MADE.search(line):
            if why := _another_release(made["file"], builds):
                yield number, line, why
        elif compiled := _COMPILES.search(line):
            if compiled["object"] in objects:
                yield number, line, f"{compiled['object']} was compiled twice in one build."
            objects.add(compiled["object"])


def _another_release(wheel: str, builds: Mapping[str, str]) -> str:
    """Return why a wheel is not of the release that was read; empty if it is."""
    from buildfix.wheels.built import wheel_facts  # slow to load

    facts = wheel_facts(wheel)
    read = builds.get(facts[0]) if facts else None
    if not facts or not read or "0.editable" in wheel or read == str(facts[1]):
        return ""
    return f"{facts[0]} {facts[1]} was built in parallel, but {read} was checked."


def _has_plugins(session: Session) -> bool:
    """Return whether a distribution in the target changes setuptools in unisolated builds."""
    known = session.knowledge.parallel.side_by_side.build_requires
    for site in session.interpreter.site:
        for points in Path(site).glob("*-info/entry_points.txt"):
            name = canonicalize_name(points.parent.name.partition("-")[0])
            text = points.read_text(encoding="utf-8", errors="replace")
            if name not in known and any(group in text for group in _HARMFUL_GROUPS):
                return True
    return False


def _is_spoilt(session: Session) -> bool:
    """Return whether the user's settings may move object files, or add commands."""
    environ = {**session.environ, **session.state.variables}
    if any(_SPOILING in environ.get(name, "") for name in _FLAGS):
        return True
    home = environ.get("HOME", "")
    return bool(home) and Path(home, ".pydistutils.cfg").exists()
