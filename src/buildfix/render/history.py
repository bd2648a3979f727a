"""Earlier runs as tables, as a story, and as JSON."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timezone
from typing import TYPE_CHECKING

from buildfix.core import Changes, SystemChange, events
from buildfix.core.events import Record
from buildfix.core.redaction import redacted
from buildfix.render import messages
from buildfix.render.amounts import duration
from buildfix.render.closing import closing_line
from buildfix.render.documents import changes_document
from buildfix.render.places import folder_words
from buildfix.render.view import View

if TYPE_CHECKING:
    from buildfix.engine.past_runs import PastRun  # the engine is slow to load
    from buildfix.render.document_types.report import HistoryDocument, RunDocument

_NOTHING = "nothing changed"
_REQUEST = 2
"""The column of the request."""
_RECENT = 180 * 86400
"""For how many seconds the time of day is more useful than the year, as in `ls -l`."""


def history_document(runs: Iterable[PastRun]) -> HistoryDocument:
    """Return `buildfix.history/1`."""
    return {"schema": "buildfix.history/1", "runs": [_run_document(run) for run in runs]}


def _run_document(run: PastRun) -> RunDocument:
    report = run.report
    return {
        "number": run.number,
        "name": run.name,
        "started": datetime.fromtimestamp(run.at, timezone.utc).isoformat(timespec="seconds"),
        "requirements": [redacted(word) for word in run.started.requirements],
        "folder": run.started.folder,
        "undoes": run.started.undoes or None,
        "interpreter": report.interpreter or None,
        "outcome": run.outcome,
        "seconds": round(report.timing.total, 3),
        "changes": changes_document(report),
        "logs": str(run.folder),
    }


def show_history(runs: Sequence[PastRun], view: View) -> None:
    """Show a table with a row for each run."""
    if not runs:
        view.say("No runs are recorded.")
        return
    view.rows("Runs, the latest first", list(map(_row, runs)), cut=_REQUEST)


def show_run(run: PastRun, view: View) -> None:
    """Show everything that a run did, in order, and how it ended."""
    report = run.report
    facts = [
        ("run", f"{run.number} ({run.name})"),
        ("started", _clock(run.at, "%Y-%m-%d %H:%M:%S")),
        ("request", _request(run)),
        ("folder", run.started.folder),
        ("target", report.interpreter or "none"),
        ("outcome", f"{run.outcome}, {duration(report.timing.total)}"),
        ("changes", changed_words(report.changes)),
        ("logs", str(run.folder)),
    ]
    view.rows("Run", facts)
    for entry in run.entries:
        for line in _told(entry.record):
            view.say(f"{_clock(entry.at, '%H:%M:%S')}  {line}")
    view.say(closing_line(report))


def changed_words(changes: Changes) -> str:
    """Return in a few words what a run changed."""
    added = sum(len(one.added) for one in changes.system)
    removed = sum(len(one.removed) for one in changes.system)
    target = changes.target
    counts = (
        (added, "system package installed", "system packages installed"),
        (removed, "system package removed", "system packages removed"),
        (len(target.added), "distribution installed", "distributions installed"),
        (len(target.removed), "distribution removed", "distributions removed"),
        (len(changes.unseen), "other step", "other steps"),
    )
    words = [f"{number} {one if number == 1 else more}" for number, one, more in counts if number]
    return ", ".join(words) or _NOTHING


def _row(run: PastRun) -> tuple[str, ...]:
    report = run.report
    known = report.interpreter and not run.started.undoes  # its target may be gone
    place = folder_words(report.interpreter) if known else ""
    changed = changed_words(report.changes)
    return (
        str(run.number),
        _clock(run.at, "%b %d %H:%M" if time.time() - run.at < _RECENT else "%b %d  %Y"),
        _request(run),
        run.outcome,
        duration(report.timing.total),
        f"{changed} ({place})" if place and changed != _NOTHING else changed,
    )


def _request(run: PastRun) -> str:
    words = redacted(" ".join(run.started.requirements))
    return f"undo of {words} ({run.started.undoes})" if run.started.undoes else words


def _clock(at: float, form: str) -> str:
    return time.strftime(form, time.localtime(at))


def _told(record: Record) -> Iterator[str]:
    """Yield the lines about a record; nothing for what is only noted for later."""
    yield from _of_plan(record)
    match record:
        case events.AttemptFinished(attempt):
            yield f"installer ended with {attempt.returncode} after {duration(attempt.seconds)}"
            yield f"  log: {attempt.log}"
        case events.CauseFound(diagnosis):
            yield messages.cause_line(diagnosis)
        case events.Notice(text) | events.Waiting(text):
            yield text
        case events.Verified(proof):
            yield messages.proof_line(proof)
        case events.BuildFinished(project, version, code, seconds):
            ended = "built" if code == 0 else f"build failed with {code}"
            yield f"{project} {version}: {ended} after {duration(seconds)}"
        case events.AttemptStarted() | events.StepStarted() | events.ImportFailed():
            yield from (
                ": ".join(words) for words in (messages.heading(record, raw=True),) if words
            )
        case _:
            pass


def _of_plan(record: Record) -> Iterator[str]:
    """Yield the lines about a plan and its steps."""
    match record:
        case events.PlanProposed(plan):
            yield f"plan: {messages.steps_counted(plan)}"
            yield from (f"  {step.summary}" for step in plan.steps)
        case events.PlanAnswered(agreed):
            yield "plan accepted" if agreed else "plan rejected"
        case events.StepFinished(step, code):
            yield f"step done: {step.summary}" if code == 0 else f"step failed: exit {code}"
        case SystemChange():
            yield from _system_lines(record)
        case _:
            pass


def _system_lines(change: SystemChange) -> Iterator[str]:
    for words, names in (
        ("installed", change.added),
        ("removed", change.removed),
        ("left unfinished", change.unfinished),
    ):
        if names:
            yield f"  {change.manager} {words}: {', '.join(names)}"
