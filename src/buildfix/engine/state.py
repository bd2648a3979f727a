"""The state of a run, computed from its records."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import field, replace
from functools import partial, reduce
from typing import Any

from buildfix.core import (
    Attempt,
    ConstrainBuild,
    DisableIsolation,
    GpuLibrary,
    Host,
    Interpreter,
    LookUp,
    Need,
    Pin,
    Rebuild,
    Step,
    Unfinished,
    events,
    learned,
)
from buildfix.core.changes import Snapshot
from buildfix.core.events import Record
from buildfix.core.light_dataclass import dataclass
from buildfix.engine.assumed import Assumed


@dataclass(frozen=True)
class RunState:
    """The result of a run's records; only `after` creates the next state."""

    interpreter: Interpreter | None = None
    """The interpreter to install into."""
    targets: Mapping[str, Snapshot] = field(default_factory=dict)
    """What each target had when it was first inspected, by path."""
    reported: learned.TargetReported = field(default_factory=learned.TargetReported)
    """What the installers of this run said that they changed in the target."""
    host: Host | None = None
    """The host's facts after the last steps; None before any."""
    attempts: tuple[Attempt, ...] = ()
    side_by_side: Mapping[str, str] = field(default_factory=dict)
    """The builds, with versions, whose extensions the last attempt builds in parallel."""
    built: frozenset[str] = frozenset()
    """What was built ahead of the install, as `name==version`."""
    applied: tuple[Step, ...] = ()
    unfinished: Unfinished = field(default_factory=Unfinished)
    """What failed or interrupted steps changed anyway."""
    step_effects: tuple[learned.StepBrought, ...] = ()
    """What the steps installed that was not there before."""
    killed: learned.KilledRunsFound = field(default_factory=partial(learned.KilledRunsFound, ()))
    """The earlier runs that were killed, and what they were doing."""
    inherited: tuple[learned.PackagesInherited, ...] = ()
    """What killed runs with the same request installed."""
    seen: Mapping[str, frozenset[str]] = field(default_factory=dict)
    """What each package manager had before the first step with it."""
    skipped: Mapping[LookUp, str] = field(default_factory=dict)
    """What could not be looked up, each with the reason."""
    settled: frozenset[Need] = frozenset()
    replaced: frozenset[Need] = frozenset()
    """What is installed in place of what builds fetch from hosts that cannot be reached."""
    variables: Mapping[str, str] = field(default_factory=dict)
    """The variables that steps have set for the installer."""
    rebuild: tuple[str, ...] = ()
    """Projects to build from source even if they are installed."""
    constraints: tuple[str, ...] = ()
    """Constraints on build requirements."""
    unisolated: tuple[str, ...] = ()
    """Projects that are built without isolation."""
    pins: tuple[str, ...] = ()
    """Requirements that replace the requested ones."""
    too_old: learned.LibraryTooOld | None = None
    """The library that is older than the source of the current release requires."""
    reduced: learned.JobsReduced | None = None
    """How many jobs builds run, if they were reduced."""
    wanted: int = 0
    """Bytes that one job needs more than, according to a failed attempt."""
    asked_elsewhere: frozenset[tuple[str, GpuLibrary | None]] = frozenset()
    """The requirements for which indexes in recipes were asked, with the torch at that time."""
    verified: learned.InstallVerified = field(default_factory=learned.InstallVerified)
    """The result of the last successful verification."""
    failed_import: learned.ImportExplained = field(default_factory=learned.ImportExplained)
    one_by_one: bool = False
    """Whether extensions are built one by one, and the next install replaces everything."""
    kept: tuple[str, ...] = ()
    """The wheels that were saved to the wheelhouse."""
    spent: Mapping[str, float] = field(default_factory=dict)
    """Seconds, by part of the work."""
    assumed: Assumed = field(default_factory=Assumed)
    """What a dry run assumes; empty in a run."""

    @property
    def installs(self) -> int:
        """How many installs succeeded."""
        return sum(one.returncode == 0 for one in self.attempts)

    def after(self, record: Record) -> RunState:
        """Return the state after this record."""
        fold = _FOLDS.get(type(record))
        return fold(self, record) if fold else self


def state_after(records: Iterable[Record]) -> RunState:
    """Return the state of a run after these records."""
    return reduce(RunState.after, records, RunState())


def _applied(state: RunState, record: learned.StepApplied) -> RunState:
    step = record.step
    state = replace(state, applied=(*state.applied, step), variables=dict(record.variables))
    match step:
        case Rebuild():
            return replace(state, rebuild=(*state.rebuild, *step.names))
        case ConstrainBuild():
            return replace(state, constraints=(*state.constraints, *step.names))
        case DisableIsolation():
            return replace(state, unisolated=(*state.unisolated, *step.names))
        case Pin():
            return _for_release(replace(state, pins=(*state.pins, *step.names)))
        case _:
            return state


def _for_release(state: RunState) -> RunState:
    """Return the state without what was meant for a release that is no longer built."""
    return replace(state, constraints=(), unisolated=(), settled=frozenset(), too_old=None)


def _aimed(state: RunState, record: learned.TargetChosen) -> RunState:
    path = record.interpreter.path
    first = {} if record.before is None else {path: record.before}
    return replace(state, interpreter=record.interpreter, targets={**first, **state.targets})


def _reported(state: RunState, record: learned.TargetReported) -> RunState:
    known = state.reported
    both = learned.TargetReported(
        tuple(dict.fromkeys((*known.installed, *record.installed))),
        tuple(dict.fromkeys((*known.removed, *record.removed))),
    )
    return replace(state, reported=both)


def _explained(state: RunState, record: learned.ImportExplained) -> RunState:
    found = {name: value for name, value in vars(record).items() if value}
    return replace(state, failed_import=replace(state.failed_import, **found))


def _asked(state: RunState, record: learned.WheelsAsked) -> RunState:
    asked = state.asked_elsewhere | {(record.requirement, record.torch)}
    return replace(state, asked_elsewhere=asked)


def _timed(state: RunState, record: learned.TimeSpent) -> RunState:
    before = state.spent.get(record.part, 0.0)
    return replace(state, spent={**state.spent, record.part: before + record.seconds})


def _with_wheels(state: RunState, record: learned.WheelsAssumed) -> RunState:
    wheels, arguments = record.requirements, record.arguments
    return replace(state, assumed=replace(state.assumed, wheels=wheels, arguments=arguments))


def _built(state: RunState, record: events.BuildFinished) -> RunState:
    new = {f"{record.project}=={record.version}"} if record.returncode == 0 else set()
    return replace(state, built=state.built | new)


def _merged(known: Unfinished, new: Unfinished) -> Unfinished:
    return Unfinished(
        tuple(sorted({*known.installed, *new.installed})),
        tuple(sorted({*known.midway, *new.midway})),
    )


_FOLDS: Mapping[type, Callable[[RunState, Any], RunState]] = {
    events.AttemptStarted: lambda state, it: replace(state, side_by_side=it.side_by_side),
    events.AttemptFinished: lambda state, it: replace(
        state, attempts=(*state.attempts, it.attempt)
    ),
    events.BuildFinished: _built,
    learned.HostSeen: lambda state, it: replace(state, host=it.host),
    learned.ImportExplained: _explained,
    learned.InstallVerified: lambda state, it: replace(state, verified=it),
    learned.JobsReduced: lambda state, it: replace(state, reduced=it),
    learned.KilledRunsFound: lambda state, it: replace(state, killed=it),
    learned.LibraryTooOld: lambda state, it: replace(state, too_old=it),
    learned.LookUpSkipped: lambda state, it: replace(
        state, skipped={**state.skipped, it.what: it.why}
    ),
    learned.MemoryShort: lambda state, it: replace(state, wanted=max(state.wanted, it.per_job)),
    learned.DownloadsReplaced: lambda state, it: replace(
        state, replaced=state.replaced.union(it.needs)
    ),
    learned.NeedsSettled: lambda state, it: replace(state, settled=state.settled.union(it.needs)),
    learned.PackagesInherited: lambda state, it: replace(state, inherited=(*state.inherited, it)),
    learned.PackagesSeen: lambda state, it: replace(
        state, seen={**state.seen, it.manager: it.present}
    ),
    learned.ParallelBuildDoubted: lambda state, _: replace(state, one_by_one=True),
    learned.PipAssumed: lambda state, it: replace(
        state, interpreter=it.target, assumed=Assumed(it.asked)
    ),
    learned.PipUpgradeAssumed: lambda state, _: replace(
        state, assumed=replace(state.assumed, newer_pip=True)
    ),
    learned.StepApplied: _applied,
    learned.StepBrought: lambda state, it: replace(state, step_effects=(*state.step_effects, it)),
    learned.StepCutShort: lambda state, it: replace(
        state, unfinished=_merged(state.unfinished, it.unfinished)
    ),
    learned.TargetChosen: _aimed,
    learned.TargetReported: _reported,
    learned.TimeSpent: _timed,
    learned.TorchAssumed: lambda state, it: replace(
        state, assumed=replace(state.assumed, torch=it.library)
    ),
    learned.WheelsAsked: _asked,
    learned.WheelsAssumed: _with_wheels,
    learned.WheelsKept: lambda state, it: replace(state, kept=it.paths),
}
"""How each kind of record changes the state; other kinds do not."""
