"""Builds that ran out of memory: fewer jobs, or how much memory they need."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from packaging.utils import canonicalize_name

from buildfix.catalog import Knowledge
from buildfix.core import (
    Attempt,
    Cause,
    Diagnosis,
    Manual,
    Need,
    SetVariables,
    Variables,
    learned,
    needs_of,
)
from buildfix.core.light_dataclass import dataclass
from buildfix.engine.jobs import Parallelism, size
from buildfix.engine.outcome import Answer, Ending, GiveUp, Remedy
from buildfix.platforms.thrashing import WINDOW

OUT_OF_MEMORY = "out-of-memory"
_ROOM = 1.5
"""Estimated memory that is enough, as a multiple of the peak when a build was killed."""
_OF_NVCC = frozenset({"nvcc", "cicc", "ptxas", "cudafe++"})
"""The programs of which nvcc runs several, as threads of one job."""
_TELLS_NOTHING = 5.0
"""Seconds below which an attempt's memory is not recorded; it was hardly a build."""
_STEP = 1 << 29
"""Recommended sizes are rounded up to half a GiB."""


@dataclass(frozen=True)
class Memory:
    """The memory of an attempt, in bytes."""

    peak: int | None
    """Its peak, if known."""
    free: int | None
    """What was free before it."""
    per_job: int
    """The expected use of one job."""


def handle(
    failed: Diagnosis,
    jobs: Parallelism,
    memory: Callable[[], Memory],
    projects: tuple[str, ...],
    told: Callable[[Parallelism], Variables],
    lacking: Callable[[], tuple[Need, ...]],
) -> Answer:
    """Return half as many jobs if memory ran out, else how much memory is needed.

    `projects` were requested; `told` returns the variables that limit builds, `lacking` the missing
    programs that are needed for that.
    """
    if failed.cause is None or failed.cause.kind != OUT_OF_MEMORY:
        return None
    had = memory()
    short = learned.MemoryShort(_share(had, jobs), projects[0] if len(projects) == 1 else "")
    by_nvcc = jobs.threads > 1 and failed.cause.subject in _OF_NVCC
    fewer = jobs.halved() or (Parallelism(1, must_be_told=True) if by_nvcc else None)
    if fewer is None:
        return GiveUp(_wanted(failed, had), (short,))
    killed = failed.cause.subject != "-"
    why = "the system ran out of memory" if killed else "memory was too low to make progress"
    remedy = with_fewer_jobs(failed, jobs, fewer, why, told(fewer))
    return replace(remedy, records=(short, *remedy.records), needs=lacking)


def with_fewer_jobs(
    failed: Diagnosis, before: Parallelism, fewer: Parallelism, why: str, told: Variables
) -> Remedy:
    """Return the remedy that builds with fewer jobs from now on, with these variables."""
    summary = f"Build with {_jobs(fewer.jobs)} instead of {before.jobs}"
    if fewer.jobs == before.jobs:
        summary = "Build with one compiler thread at a time"
    step = SetVariables(
        f"{summary}: {why}",
        needs_of(failed.causes[:1]),
        variables=told,
    )
    return Remedy(steps=(step,), records=(learned.JobsReduced(fewer.jobs, fewer.must_be_told),))


def told_by_kernel(diagnosis: Diagnosis, before: int | None, after: int | None) -> Diagnosis:
    """Return an unknown failure as out of memory if the kernel killed a process meanwhile.

    `before` and `after` are its counts (`oom_kills`). A failure that the log explains is unchanged:
    the killed process may have been a test that expects it.
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
    """Return the diagnosis of a build that was stopped because it made no progress."""
    with log.open(encoding="utf-8", errors="replace") as lines:
        text = [line.strip() for line in lines]
    says = (
        f"The build made no progress for {WINDOW:.0f} seconds because memory is too low: the "
        "system keeps dropping and rereading pages that the build needs. buildfix stopped it."
    )
    cause = Cause(OUT_OF_MEMORY, "-", max(1, len(text)), text[-1] if text else "")
    return Diagnosis(failed=True, cause=cause, says=says)


def per_job(
    made: Attempt, projects: tuple[str, ...], jobs: Parallelism, knowledge: Knowledge
) -> int:
    """Return the bytes that one job needed in a successful build; 0 if unknown.

    It is known if only one project was built, and it was built rather than only downloaded.
    """
    if made.seconds < _TELLS_NOTHING or len(projects) != 1 or not made.peak_rss:
        return 0
    return made.peak_rss // jobs.jobs if _was_built(projects[0], made, knowledge) else 0


def _share(had: Memory, jobs: Parallelism) -> int:
    """Return a lower bound for the memory of one job, so that the next run starts with fewer jobs.

    It is the share of what was free, unless the build was stopped far below by an invisible limit.
    """
    free = had.free or 0
    return (had.peak if had.peak and had.peak < free // 2 else free) // jobs.jobs


def _wanted(failed: Diagnosis, had: Memory) -> Ending:
    """Return how much memory the build needs, estimated from its peak."""
    enough = max((had.peak or had.free or 0) * _ROOM, had.per_job)
    enough = -(-int(enough) // _STEP) * _STEP
    facts = [
        f"it was using {size(had.peak)} when it was stopped" if had.peak else "",
        f"{size(had.free)} was free" if had.free else "",
    ]
    why = f"{failed.says} Only one job was running; {' and '.join(filter(None, facts))}."
    advice = (
        f"Give this build about {size(enough)} of memory or swap: close other programs, raise the "
        "container's memory limit, or add swap"
    )
    return Ending("person-needed", why, (Manual(advice, needs_of(failed.causes[:1])),))


def _was_built(project: str, made: Attempt, knowledge: Knowledge) -> bool:
    """Return whether a log shows that a project was built, not only downloaded."""
    marks = [
        mark.pattern
        for mark in knowledge.causes.marks
        if mark.phase in ("build", "install")
        and mark.mark == "start"
        and _names_project(mark.pattern.pattern)
    ]
    with Path(made.log).open(encoding="utf-8", errors="replace") as log:
        found = (pattern.search(line.strip()) for line in log for pattern in marks)
        return any(canonicalize_name(match["project"] or "") == project for match in found if match)


def _names_project(pattern: str) -> bool:
    return "(?P<project>" in pattern


def _jobs(count: int) -> str:
    return "1 job" if count == 1 else f"{count} jobs"
