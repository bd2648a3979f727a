"""Earlier runs, read from their journals: for `history`, `undo` and `explain`."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import count
from pathlib import Path

from buildfix.core import Report, events
from buildfix.core.changes import Halt
from buildfix.core.events import Entry
from buildfix.core.learned import RunConcluded
from buildfix.engine.journal import begun, halt_of, last_log, report_of
from buildfix.engine.journal_file import JOURNAL, read_journal
from buildfix.engine.state import RunState, state_after
from buildfix.engine.temporary_folders import is_running


@dataclass(frozen=True)
class PastRun:
    """A run and its records; number 1 is the latest run."""

    number: int
    folder: Path
    """The folder with its journal and logs."""
    started: events.RunStarted
    entries: tuple[Entry, ...]

    @property
    def name(self) -> str:
        """The name of its folder, which stays the same when later runs are added."""
        return self.folder.name

    @property
    def at(self) -> float:
        """When it started, in seconds since 1970."""
        return self.entries[0].at

    @property
    def outcome(self) -> str:
        """How it ended; `running` or `killed` if it has not recorded that."""
        last = self.entries[-1].record
        if isinstance(last, events.RunEnded):
            return last.outcome
        return "running" if is_running(self.started.process) else "killed"

    @cached_property
    def state(self) -> RunState:
        """What was done and learned."""
        return state_after(entry.record for entry in self.entries)

    @cached_property
    def report(self) -> Report:
        """Its report; a run without a conclusion counts as interrupted after its last record."""
        entries = self._concluded or (*self.entries, self._broken_off)
        return report_of(entries)

    @property
    def has_begun(self) -> bool:
        """Whether anything was done that may have changed something."""
        return begun(entry.record for entry in self.entries)

    @property
    def is_concluded(self) -> bool:
        """Whether it recorded what it had changed in the end."""
        return bool(self._concluded)

    @property
    def ended_at(self) -> float:
        """When the last change was recorded, in seconds since 1970."""
        return (self._concluded or self.entries)[-1].at

    @property
    def log(self) -> str:
        """The log of what ran last: the installer, or an import; empty if nothing ran."""
        return last_log([entry.record for entry in self.entries])

    @cached_property
    def _concluded(self) -> tuple[Entry, ...]:
        """The records up to the conclusion; empty if there is none."""
        for index, entry in enumerate(self.entries, start=1):
            if isinstance(entry.record, RunConcluded):
                return self.entries[:index]
        return ()

    @property
    def _broken_off(self) -> Entry:
        records = [entry.record for entry in self.entries]
        halt: Halt | None = halt_of(records, "kill") if self.outcome == "killed" else None
        return Entry(self.entries[-1].at, RunConcluded("interrupted", halt=halt))


def past_runs(runs: Path) -> Iterator[PastRun]:
    """Yield the runs in the folder of all runs, the latest first; unreadable ones are left out."""
    numbers = count(1)
    for file in sorted(runs.glob(f"*/{JOURNAL}"), reverse=True):
        entries = read_journal(file)
        started = entries[0].record if entries else None
        if isinstance(started, events.RunStarted):
            yield PastRun(next(numbers), file.parent, started, entries)


def latest_log(runs: Path) -> Path | None:
    """Return the log of the latest run that has one."""
    for run in past_runs(runs):
        if run.log and Path(run.log).is_file():
            return Path(run.log)
    return None
