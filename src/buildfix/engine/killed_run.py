"""What journals say about killed runs: what was done, and what was in progress."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import field, replace
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING

from buildfix.core import Halt, InstallPackages, Need, RunCommand, Step, events, learned
from buildfix.core.events import Record
from buildfix.core.light_dataclass import dataclass
from buildfix.engine.journal import begun, halt_of
from buildfix.engine.journal_file import JOURNAL, is_complete, read_head, read_journal
from buildfix.engine.state import RunState, state_after
from buildfix.engine.temporary_folders import is_running
from buildfix.package_managers import can_remove, manager_for
from buildfix.package_managers.steps import managed

if TYPE_CHECKING:
    from buildfix.engine.session import Session


@dataclass(frozen=True)
class KilledRun:
    """A run that was killed or crashed before it recorded its end."""

    name: str
    """The name of its log folder."""
    started: events.RunStarted
    halt: Halt
    completed: tuple[str, ...] = ()
    """The summaries of the steps that succeeded."""
    under_way: Step | None = None
    """The step that was in progress."""
    state: RunState = field(default_factory=RunState)
    newest: bool = True
    """Whether no run has started since."""

    @property
    def found(self) -> events.KilledRunFound:
        """What the next run reports about it."""
        return events.KilledRunFound(
            self.started.requirements, self.halt, self.completed, self.newest
        )

    @property
    def needs(self) -> tuple[Need, ...]:
        """The needs behind the step in progress."""
        return self.under_way.because if self.under_way else ()


def killed_runs(runs: Path) -> tuple[KilledRun, ...]:
    """Return the killed runs that no later run has reported, the newest first.

    `runs` is the folder with all runs.
    """
    journals = sorted(runs.glob(f"*/{JOURNAL}"), reverse=True)
    if all(map(is_complete, journals)):  # reading their heads is slow
        return ()
    heads = {file: [entry.record for entry in read_head(file)] for file in journals}
    told = {
        name
        for head in heads.values()
        for one in head
        if isinstance(one, learned.KilledRunsFound)
        for name in one.names
    }
    found = (
        killed_at(file, newest=file == journals[0])
        for file in journals
        if file.parent.name not in told and _is_broken_off(file, heads[file])
    )
    return tuple(filter(None, found))


def take_over(session: Session, killed: Sequence[KilledRun]) -> None:
    """Record what killed runs leave to this one."""
    if not killed:
        return
    mine = [one for one in killed if _is_same(session, one)]
    names = tuple(one.name for one in killed)
    midway = tuple(filter(None, (one.under_way for one in killed)))
    needs = tuple(chain.from_iterable(one.needs for one in mine))
    session.journal.add(learned.KilledRunsFound(names, midway, needs))
    for left in chain.from_iterable(left_by(session, one) for one in mine):
        session.journal.add(left)


def resumption(session: Session) -> Step | None:
    """Return the step that finishes the interrupted work of a killed run's package manager."""
    for step in session.state.killed.midway:
        manager = manager_for(step.manager, session.host()) if step.manager else None
        command = manager.resume() if manager else None
        if manager and command and manager.interrupted(session.machine):
            summary = (
                f"Finish the interrupted {command.argv[0]} run; "
                f"buildfix was killed during this step: {step.summary}"
            )
            return managed(RunCommand, manager, command, summary, step.because)
    return None


def _is_same(session: Session, killed: KilledRun) -> bool:
    """Return whether a killed run had the same request as this one."""
    asked = events.RunStarted(session.request.words, 0, str(Path.cwd()))
    same = replace(killed.started, process=0) == asked
    return same and session.interpreter.path in killed.state.targets


def left_by(session: Session, killed: KilledRun) -> Iterator[learned.PackagesInherited]:
    """Yield the packages that a killed run installed for its builds."""
    yield from killed.state.inherited
    for one in killed.state.step_effects:
        if one.packages:
            step = one.step
            yield learned.PackagesInherited(step.manager or "", one.packages, step.because)
    yield from _pulled_in(session, killed)


def _pulled_in(session: Session, killed: KilledRun) -> Iterator[learned.PackagesInherited]:
    """Yield what the step under way has installed, as far as it has come.

    It is what it asked for, and what that needs, unless it was there before.
    """
    step = killed.under_way
    name = step.manager if isinstance(step, InstallPackages) else None
    remover = manager_for(name, session.host()) if name else None
    before = killed.state.seen.get(name or "")
    if name is None or step is None or before is None or not can_remove(remover):
        return
    wanted = remover.needed_by(session.machine, step.packages)
    new = remover.present(session.machine) & wanted.union(step.packages) - before
    if new:
        yield learned.PackagesInherited(name, tuple(sorted(new)), step.because)


def _is_broken_off(file: Path, head: Sequence[Record]) -> bool:
    first = head[0] if head else None
    if not isinstance(first, events.RunStarted):
        return False
    return not (is_complete(file) or is_running(first.process))


def killed_at(file: Path, *, newest: bool) -> KilledRun | None:
    """Return what a journal without an end tells; None where nothing was begun."""
    records = [entry.record for entry in read_journal(file)]
    started = records[0]
    if not begun(records) or not isinstance(started, events.RunStarted):
        return None
    halt = halt_of(records, "kill")
    return KilledRun(
        file.parent.name,
        started,
        halt,
        tuple(_completed(records)),
        _last_step(records) if halt.moment in ("step", "lock") else None,
        state_after(records),
        newest,
    )


def _completed(records: Sequence[Record]) -> Iterator[str]:
    for one in records:
        if isinstance(one, events.StepFinished) and one.returncode == 0:
            yield one.step.summary


def _last_step(records: Sequence[Record]) -> Step:
    return next(one.step for one in reversed(records) if isinstance(one, events.StepStarted))
