"""What a run has done and learned so far, as its records say."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from buildfix.core import (
    Attempt,
    ConstrainBuild,
    DisableIsolation,
    LookUp,
    Need,
    Pin,
    Rebuild,
    Step,
    Unfinished,
    events,
)
from buildfix.core.events import Record


@dataclass(frozen=True)
class RunState:
    """A fold over the records of a run: nothing but `after` makes another."""

    attempts: tuple[Attempt, ...] = ()
    applied: tuple[Step, ...] = ()
    unfinished: Unfinished = field(default_factory=Unfinished)
    """What steps that did not succeed changed all the same."""
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
    verified: events.InstallVerified = field(default_factory=events.InstallVerified)
    """What the last verification that succeeded found."""
    failed_import: events.ImportExplained = field(default_factory=events.ImportExplained)
    one_by_one: bool = False
    """Whether extensions are built one by one, and the next install replaces what is there."""
    kept: tuple[str, ...] = ()
    """The wheels that were put into the wheelhouse."""

    @property
    def installs(self) -> int:
        """How many installs succeeded."""
        return sum(one.returncode == 0 for one in self.attempts)

    def after(self, record: Record) -> RunState:
        """Return the state once this record is made."""
        match record:
            case events.AttemptFinished(attempt):
                return replace(self, attempts=(*self.attempts, attempt))
            case events.StepApplied(step, variables):
                return self._applied(step, dict(variables))
            case events.LookUpSkipped(what, why):
                return replace(self, skipped={**self.skipped, what: why})
            case events.StepCutShort(new):
                return replace(self, unfinished=_merged(self.unfinished, new))
            case events.NeedsSettled(needs):
                return replace(self, settled=self.settled.union(needs))
            case _:
                return self._learned(record)

    def _learned(self, record: Record) -> RunState:
        match record:
            case events.InstallVerified():
                return replace(self, verified=record)
            case events.ImportExplained():
                known = self.failed_import
                found = {name: value for name, value in vars(record).items() if value}
                return replace(self, failed_import=replace(known, **found))
            case events.ParallelBuildDoubted():
                return replace(self, one_by_one=True)
            case events.WheelsKept(paths):
                return replace(self, kept=paths)
            case _:
                return self

    def _applied(self, step: Step, variables: Mapping[str, str]) -> RunState:
        state = replace(self, applied=(*self.applied, step), variables=variables)
        match step:
            case Rebuild():
                return replace(state, rebuild=(*self.rebuild, *step.names))
            case ConstrainBuild():
                return replace(state, constraints=(*self.constraints, *step.names))
            case DisableIsolation():
                return replace(state, unisolated=(*self.unisolated, *step.names))
            case Pin():  # what was meant for the release that is not built any more is forgotten
                pins = (*self.pins, *step.names)
                return replace(state, pins=pins, constraints=(), unisolated=(), settled=frozenset())
            case _:
                return state


def _merged(known: Unfinished, new: Unfinished) -> Unfinished:
    return Unfinished(
        tuple(sorted({*known.installed, *new.installed})),
        tuple(sorted({*known.midway, *new.midway})),
    )
