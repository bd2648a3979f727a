"""What a run has done and learned so far, as its records say."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
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
from buildfix.engine.assumed import Assumed


@dataclass(frozen=True)
class RunState:
    """A fold over the records of a run: nothing but `after` makes another."""

    interpreter: Interpreter | None = None
    """What is installed into."""
    targets: Mapping[str, Snapshot] = field(default_factory=dict)
    """What each target had when it was first looked at, by its path."""
    host: Host | None = None
    """The host as it was seen after the last steps; None before any."""
    attempts: tuple[Attempt, ...] = ()
    side_by_side: Mapping[str, str] = field(default_factory=dict)
    """The builds, with versions, whose extensions the last attempt builds side by side."""
    applied: tuple[Step, ...] = ()
    unfinished: Unfinished = field(default_factory=Unfinished)
    """What steps that did not succeed changed all the same."""
    brought: tuple[learned.StepBrought, ...] = ()
    """What was not there before the steps."""
    killed: learned.KilledRunsFound = field(default_factory=partial(learned.KilledRunsFound, ()))
    """The earlier runs that were killed, and what they were at."""
    inherited: tuple[learned.PackagesInherited, ...] = ()
    """What runs of the same request that were killed have installed."""
    seen: Mapping[str, frozenset[str]] = field(default_factory=dict)
    """What each package manager had before the first step with it."""
    skipped: Mapping[LookUp, str] = field(default_factory=dict)
    """What could not be looked up, each with why."""
    settled: frozenset[Need] = frozenset()
    variables: Mapping[str, str] = field(default_factory=dict)
    """What steps have told the installer."""
    rebuild: tuple[str, ...] = ()
    """Projects that are to be built from source though they are installed."""
    constraints: tuple[str, ...] = ()
    """What holds for the builds' own requirements."""
    unisolated: tuple[str, ...] = ()
    """Projects that are built without isolation."""
    pins: tuple[str, ...] = ()
    """Requirements that go before what was asked for."""
    too_old: learned.LibraryTooOld | None = None
    """The library that is older than the source of the release to be built wants."""
    reduced: learned.JobsReduced | None = None
    """How many jobs builds run, where they were told to run fewer than at first."""
    wanted: int = 0
    """Bytes that one job is known to take more than, from an attempt that had too little."""
    asked_elsewhere: frozenset[tuple[str, GpuLibrary | None]] = frozenset()
    """The requirements about which named indexes were asked, each with the torch of that time."""
    verified: learned.InstallVerified = field(default_factory=learned.InstallVerified)
    """What the last verification that succeeded found."""
    failed_import: learned.ImportExplained = field(default_factory=learned.ImportExplained)
    one_by_one: bool = False
    """Whether extensions are built one by one, and the next install replaces what is there."""
    kept: tuple[str, ...] = ()
    """The wheels that were put into the wheelhouse."""
    spent: Mapping[str, float] = field(default_factory=dict)
    """Seconds, by part of the work."""
    assumed: Assumed = field(default_factory=Assumed)
    """What a dry run takes as done; nothing in a run."""

    @property
    def installs(self) -> int:
        """How many installs succeeded."""
        return sum(one.returncode == 0 for one in self.attempts)

    def after(self, record: Record) -> RunState:
        """Return the state once this record is made."""
        fold = _FOLDS.get(type(record))
        return fold(self, record) if fold else self


def state_after(records: Iterable[Record]) -> RunState:
    """Return the state of a run that has made these records."""
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
    """Return the state without what was meant for a release that is not built any more."""
    return replace(state, constraints=(), unisolated=(), settled=frozenset(), too_old=None)


def _aimed(state: RunState, record: learned.TargetChosen) -> RunState:
    path = record.interpreter.path
    first = {} if record.before is None else {path: record.before}
    return replace(state, interpreter=record.interpreter, targets={**first, **state.targets})


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
    learned.StepBrought: lambda state, it: replace(state, brought=(*state.brought, it)),
    learned.StepCutShort: lambda state, it: replace(
        state, unfinished=_merged(state.unfinished, it.unfinished)
    ),
    learned.TargetChosen: _aimed,
    learned.TimeSpent: _timed,
    learned.WheelsAsked: _asked,
    learned.WheelsAssumed: _with_wheels,
    learned.WheelsKept: lambda state, it: replace(state, kept=it.paths),
}
"""How each kind of record changes the state; other kinds do not."""
