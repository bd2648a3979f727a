"""The journal of a run: a record for everything done or learned, in order.

The final report is computed from these records only.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Generator, Iterable, Sequence
from pathlib import Path
from typing import TypeVar

from packaging.utils import canonicalize_name

from buildfix.catalog.progress import progress_words
from buildfix.core import Report, Timing, events
from buildfix.core.changes import Changes, Halt, Moment, SystemChange, UnseenStep
from buildfix.core.events import Entry, Record
from buildfix.core.learned import RunConcluded, TargetReported
from buildfix.diagnosis.logs.margins import without_escapes
from buildfix.engine.journal_file import line_of
from buildfix.engine.state import RunState, state_after

_Result = TypeVar("_Result")

STEPS = "steps.log"
"""The file with the output of all steps, in the folder of a run's logs."""


class Journal:
    """The records, appended in one place; each is written to the file at once, if there is one."""

    def __init__(self, file: Path | None = None) -> None:
        """Start empty; the file is created with the first record."""
        self._entries: list[Entry] = []
        self._file = file
        self.state = RunState()

    def add(self, record: Record) -> None:
        """Append a record, with the time."""
        entry = Entry(time.time(), record)
        self._entries.append(entry)
        self.state = self.state.after(record)
        if self._file:
            self._write(self._file, entry)

    def _write(self, file: Path, entry: Entry) -> None:
        """Write a record so that it is saved even if this process is killed next."""
        try:
            file.parent.mkdir(parents=True, exist_ok=True)
            with file.open("a", encoding="utf-8") as lines:
                lines.write(line_of(entry) + "\n")
        except OSError:  # a full disk must not end the run
            self._file = None
            with contextlib.suppress(OSError):  # half a journal would say that the run was cut off
                file.unlink()

    def _keep(self, line: str) -> None:
        """Write a line of a step's output beside the journal, as far as there is room."""
        if self._file:
            with (
                contextlib.suppress(OSError),
                (self._file.parent / STEPS).open(
                    "a", encoding="utf-8", errors="backslashreplace"
                ) as lines,
            ):
                lines.write(f"{line}\n")

    @property
    def entries(self) -> tuple[Entry, ...]:
        """All records so far."""
        return tuple(self._entries)

    @property
    def records(self) -> list[Record]:
        """All records so far, without their times."""
        return [entry.record for entry in self._entries]

    def follow(
        self, story: Generator[events.Event, None, _Result]
    ) -> Generator[events.Event, None, _Result]:
        """Pass the events of a story on, each recorded before it is shown; its result."""
        try:
            event = next(story)
            while True:
                self._take(event)
                try:
                    yield event
                except KeyboardInterrupt as interrupt:
                    event = story.throw(interrupt)
                else:
                    event = next(story)
        except StopIteration as end:
            result: _Result = end.value
            return result

    def _take(self, event: events.Event) -> None:
        if isinstance(event, events.StepOutput):
            self._keep(event.text)
        if not isinstance(event, events.LogLine | events.StepOutput):
            self.add(event)  # the lines of attempts are in their logs
            return
        if self._entries and isinstance(self._entries[-1].record, events.Waiting):
            self.add(events.WaitEnded())
        if reported := reported_in(event):
            self.add(reported)


def reported_in(event: events.LogLine | events.StepOutput) -> TargetReported | None:
    """Return what an installer says in a line that it changes in the target; often None."""
    if isinstance(event, events.LogLine) and event.project:
        return None  # a build of its own, whose target is temporary
    line = progress_words().read(without_escapes(event.text), "pip", "uv")
    if line is None or not (line.installed or line.removed):
        return None
    removed = (line.removed,) if line.removed else ()
    return TargetReported(
        tuple(map(canonicalize_name, line.installed)), tuple(map(canonicalize_name, removed))
    )


def report_of(entries: Sequence[Entry]) -> Report:
    """Return the report of a run, from its records up to the conclusion."""
    state = state_after(entry.record for entry in entries)
    started, concluded = entries[0].record, entries[-1].record
    if not isinstance(started, events.RunStarted) or not isinstance(concluded, RunConcluded):
        raise ValueError("these are not the records of a run that was concluded")
    records = [entry.record for entry in entries]
    return Report(
        outcome=concluded.outcome,
        requirements=started.requirements,
        attempts=state.attempts,
        applied=state.applied,
        proofs=state.verified.proofs,
        degraded=concluded.degraded,
        reason=concluded.reason,
        todo=concluded.todo,
        interpreter=state.interpreter.path if state.interpreter else "",
        kept=state.kept,
        unfinished=state.unfinished,
        changes=Changes(
            system_changes(records),
            unseen_steps(records),
            concluded.target,
            concluded.elsewhere,
            concluded.halt,
        ),
        log=last_log(records),
        undoes=started.undoes,
        timing=Timing(total=entries[-1].at - entries[0].at, **state.spent),
    )


def halt_of(records: Sequence[Record], by: str) -> Halt:
    """Return what was in progress, according to the records, when `by` stopped a run."""
    last = next((one for one in reversed(records) if isinstance(one, _TELLING)), None)
    if last is None:
        return Halt(by, "start")
    if isinstance(last, events.AttemptFinished) and last.attempt.diagnosis is None:
        return Halt(by, "end")
    moment = _MOMENTS.get(type(last), "between")
    if isinstance(last, events.WaitEnded):
        last = next(one for one in reversed(records) if isinstance(one, events.StepStarted))
    return Halt(by, moment, _detail(last))


def _detail(record: Record) -> str:
    match record:
        case events.Waiting(reason):
            return reason
        case events.StepStarted(step, _):
            return step.summary
        case events.AttemptStarted(number=number):
            return str(number)
        case _:
            return ""


_MOMENTS: dict[type, Moment] = {
    events.Waiting: "lock",
    events.WaitEnded: "step",
    events.StepStarted: "step",
    events.AttemptStarted: "installer",
    events.VerifyStarted: "verify",
    events.PlanProposed: "plan",
}
_TELLING = (
    *_MOMENTS,
    events.StepFinished,
    events.AttemptFinished,
    events.AttemptStopped,
)
"""Records that begin or end something that takes its time."""


def begun(records: Iterable[Record]) -> bool:
    """Return whether anything was done that may have changed something."""
    return any(isinstance(one, events.StepStarted | events.AttemptStarted) for one in records)


def last_log(records: Sequence[Record]) -> str:
    """Return the log of what ran last: the installer, or an import that failed after it."""
    for record in reversed(records):
        match record:
            case events.ImportFailed(log=log) if log:
                return log
            case events.AttemptStarted(log=log):
                return log
            case _:
                pass
    return ""


def ended_well(records: Sequence[Record]) -> bool:
    """Return whether the last finished step succeeded."""
    ended = (one for one in reversed(records) if isinstance(one, events.StepFinished))
    last = next(ended, None)
    return last is not None and last.returncode == 0


def system_changes(records: Iterable[Record]) -> tuple[SystemChange, ...]:
    """Return what the steps changed on the system."""
    return tuple(one for one in records if isinstance(one, SystemChange))


def unseen_steps(records: Iterable[Record]) -> tuple[UnseenStep, ...]:
    """Return the steps whose changes are unknown."""
    return tuple(one for one in records if isinstance(one, UnseenStep))
