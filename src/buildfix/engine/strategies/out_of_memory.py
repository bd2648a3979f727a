"""How much a run builds at once, and what it does when memory runs out."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

from packaging.utils import canonicalize_name

from buildfix.catalog import Knowledge
from buildfix.core import Attempt, Cause, Diagnosis, Manual, Need, SetVariables, learned
from buildfix.engine.executor import apply
from buildfix.engine.jobs import (
    Parallelism,
    Settings,
    memory_per_job,
    out_of_reach,
    parallelism,
    settings,
    size,
)
from buildfix.engine.outcome import Ending, MaybeEnding
from buildfix.engine.session import Session
from buildfix.engine.strategies.parallel_extensions import distrusted, shown_here
from buildfix.installers.requirements import named_projects
from buildfix.platforms.memory import Capacity
from buildfix.platforms.operating_systems import THIS
from buildfix.platforms.thrashing import WINDOW
from buildfix.providers import needs_of

OUT_OF_MEMORY = "out-of-memory"
_ROOM = 1.5
"""How many times the peak at which a build was killed is told to be enough: a guess."""
_TELLS_NOTHING = 5.0
"""Seconds under which an attempt was no build whose memory matters; to look would take longer."""
_STEP = 1 << 29
"""What is told is rounded up to half a GiB."""


def build_settings(session: Session) -> Settings:
    """Return what tells this run's builds how much to do at once; raises RecipeError."""
    return settings(
        jobs_at_once(session),
        session.request,
        session.interpreter,
        session.knowledge,
        session.environ,
        session.files,
        session.known_host.system if session.known_host else sys.platform,
        _there(session),
        shown_here(session),
    )


def jobs_are_limited(session: Session) -> bool:
    """Say whether builds are told to run fewer jobs: for want of memory, or by the user's word."""
    return jobs_at_once(session).must_be_told


def write_files(told: Settings) -> Settings:
    """Write the files that the settings name; returns the settings that can be used then.

    Where nothing may be run (a folder mounted `noexec`), a program is of no use.
    """
    for path, text in told.files.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        if path in told.programs:
            path.chmod(0o755)
    dead = {str(path) for path in told.programs if not os.access(path, os.X_OK)}
    return replace(told, variables=tuple(one for one in told.variables if one[1] not in dead))


def programs_lacking(session: Session, builds: Mapping[str, Sequence[str]]) -> tuple[Need, ...]:
    """Return the programs without which builds to come would run more jobs than memory bears.

    `builds` are the projects, each with its build requirements. A backend that fetches such a
    program itself gets one that nothing can tell how much to do.
    """
    if not session.local or not jobs_at_once(session).must_be_told:
        return ()
    told = build_settings(session)
    system, there = session.host().system, _there(session)
    return tuple(
        Need("tool-missing", knob.programs[0])
        for knob in session.knowledge.parallel.knobs
        if knob.programs
        and system not in knob.not_on
        and there.isdisjoint(knob.programs)
        and not session.environ.get(knob.variable)
        and out_of_reach(knob, told, session.request, builds)
    )


def _there(session: Session) -> frozenset[str]:
    """Return which of the programs that knobs run are here."""
    names = {name for knob in session.knowledge.parallel.knobs for name in knob.programs}
    told = session.state.variables.get("PATH", "")
    folders = [Path(folder) for folder in told.split(os.pathsep) if folder]
    return frozenset(
        name
        for name in names
        if session.local
        and (session.machine.which(name) or any((one / name).is_file() for one in folders))
    )


def told_by_kernel(diagnosis: Diagnosis, before: int | None, after: int | None) -> Diagnosis:
    """Return an unknown failure as out of memory where the kernel killed something meanwhile.

    `before` and `after` are its counts (`oom_kills`). A failure that the log explains stays what it
    is: what was killed may have been a test that expects to be.
    """
    cause = diagnosis.cause
    if not (before is not None and after is not None and after > before):
        return diagnosis
    if cause is None or diagnosis.known:
        return diagnosis
    killed = replace(cause, kind=OUT_OF_MEMORY, required=None, recipe="")
    says = "A build process was killed because the system ran out of memory."
    return replace(diagnosis, cause=killed, says=says)


def without_headway(log: Path) -> Diagnosis:
    """Return what is told of a build that was ended because it stood still for want of memory."""
    with log.open(encoding="utf-8", errors="replace") as lines:
        text = [line.strip() for line in lines]
    says = (
        f"The build made no progress for {WINDOW:.0f} seconds because memory is too low: the "
        "system keeps dropping and rereading pages that the build needs. buildfix stopped it."
    )
    cause = Cause(OUT_OF_MEMORY, "-", max(1, len(text)), text[-1] if text else "")
    return Diagnosis(failed=True, cause=cause, says=says)


def fewer_jobs(session: Session, diagnosis: Diagnosis) -> MaybeEnding | None:
    """Return the answer to a failure that fewer jobs may put right, None to any other.

    Where memory ran out: half as many jobs, or how much memory is needed. Where the cause is not
    known and extensions were built side by side, which setuptools does not do by itself: one job,
    and all that the attempt installed is installed again.
    """
    if diagnosis.cause and diagnosis.cause.kind == OUT_OF_MEMORY:
        return _relieve(session, diagnosis)
    if not diagnosis.known and _side_by_side(session):
        session.journal.add(learned.ParallelBuildDoubted())
        why = "the cause is unknown, and extensions were built in parallel"
        return _go_on(session, diagnosis, Parallelism(1), why)
    return None


def _relieve(session: Session, diagnosis: Diagnosis) -> MaybeEnding:
    amount = jobs_at_once(session)
    _remember_want(session, amount)
    fewer = amount.halved()
    if fewer is None:
        return (yield from _want(session, diagnosis))
    killed = diagnosis.cause is not None and diagnosis.cause.subject != "-"
    why = "the system ran out of memory" if killed else "memory was too low to make progress"
    return (yield from _go_on(session, diagnosis, fewer, why))


def _go_on(session: Session, diagnosis: Diagnosis, fewer: Parallelism, why: str) -> MaybeEnding:
    """Build with fewer jobs from here on; it changes nothing of the user's, so nobody is asked."""
    before = jobs_at_once(session).jobs
    session.journal.add(learned.JobsReduced(fewer.jobs, fewer.must_be_told))
    step = SetVariables(
        f"Build with {_jobs(fewer.jobs)} at once instead of {before}: {why}",
        needs_of(diagnosis.causes[:1]),
        variables=build_settings(session).lasting,
    )
    return (yield from apply(session, [step]))


def _side_by_side(session: Session) -> bool:
    """Say whether the last attempt built several extensions at once because buildfix let it."""
    if not session.state.side_by_side:
        return False
    path = Path(session.state.attempts[-1].log)
    if distrusted(session, path):
        return True
    knobs = session.knowledge.parallel.knobs
    patterns = [knob.side_by_side for knob in knobs if knob.side_by_side]
    with path.open(encoding="utf-8", errors="replace") as log:
        lines = [line.strip() for line in log]
    return any(sum(1 for line in lines if one.search(line)) > 1 for one in patterns)


def learn(session: Session, made: Attempt) -> None:
    """Remember what a job took in a build that succeeded, where it was one project's alone."""
    names = named_projects(session.request)
    if made.seconds < _TELLS_NOTHING:
        return
    if len(names) == 1 and made.peak_rss and _was_built(names[0], made, session.knowledge):
        per_job = made.peak_rss // jobs_at_once(session).jobs
        session.given.peaks.learn(names[0], max(per_job, session.state.wanted))


def jobs_at_once(session: Session) -> Parallelism:
    """Return how much is built at once by now; raises RecipeError."""
    reduced = session.state.reduced
    if reduced:
        return Parallelism(reduced.jobs, must_be_told=reduced.must_be_told)
    return session.answers.to("jobs", None, partial(_jobs_at_first, session))


def _jobs_at_first(session: Session) -> Parallelism:
    per_job = memory_per_job(session.request, session.knowledge, session.given.peaks.per_job())
    beyond = session.knowledge.parallel.beyond_cores
    return parallelism(session.request, _capacity(session), per_job, beyond)


def _capacity(session: Session) -> Capacity:
    facts = session.known_host
    if facts is None:  # the host's other facts cost more and are not needed here
        return THIS.capacity(session.machine)
    return Capacity(facts.cores, facts.memory_total, facts.memory_available)


def _remember_want(session: Session, amount: Parallelism) -> None:
    """Note that a job takes more than its share was, so that the next run begins with fewer.

    What was free tells the share, unless the build was stopped far below: by a limit out of sight.
    """
    peak, free = session.state.attempts[-1].peak_rss, _capacity(session).available or 0
    share = (peak if peak and peak < free // 2 else free) // amount.jobs
    session.journal.add(learned.MemoryShort(share))
    names = named_projects(session.request)
    if len(names) == 1 and share:
        session.given.peaks.learn(names[0], share + 1)


def _want(session: Session, diagnosis: Diagnosis) -> MaybeEnding:
    """End with how much memory the build needs, as far as its peak tells."""
    yield from ()
    peak, free = session.state.attempts[-1].peak_rss, _capacity(session).available
    per_job = memory_per_job(session.request, session.knowledge, {})
    enough = max((peak or free or 0) * _ROOM, per_job)
    enough = -(-int(enough) // _STEP) * _STEP
    facts = [
        f"it was using {size(peak)} when it was stopped" if peak else "",
        f"{size(free)} was free" if free else "",
    ]
    why = f"{diagnosis.says} Only one job was running; {' and '.join(filter(None, facts))}."
    advice = (
        f"Give this build about {size(enough)} of memory or swap: close other programs, raise the "
        "container's memory limit, or add swap"
    )
    needs = needs_of(diagnosis.causes[:1])
    return Ending("person-needed", why, (Manual(advice, needs),))


def _was_built(project: str, made: Attempt, knowledge: Knowledge) -> bool:
    """Say whether a log tells that a project was built, not only fetched."""
    marks = [
        mark.pattern
        for mark in knowledge.causes.marks
        if mark.phase in ("build", "install")
        and mark.mark == "start"
        and _names_project(mark.pattern.pattern)
    ]
    with Path(made.log).open(encoding="utf-8", errors="replace") as log:
        found = (pattern.match(line.strip()) for line in log for pattern in marks)
        return any(canonicalize_name(match["project"] or "") == project for match in found if match)


def _names_project(pattern: str) -> bool:
    return "(?P<project>" in pattern


def _jobs(count: int) -> str:
    return "1 job" if count == 1 else f"{count} jobs"
