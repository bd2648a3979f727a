"""The records of a journal, as a script reads them."""

from __future__ import annotations

import re
from typing import Any

from buildfix.core import SystemChange, UnseenStep, events
from buildfix.core.events import Entry, Record
from buildfix.installers import redacted

_LETTER = re.compile(r"(?<!^)(?=[A-Z])")


def journal_record(entry: Entry) -> dict[str, Any]:
    """Return a record with its time and kind; what is long in it stands elsewhere in the report."""
    kind = kind_of(type(entry.record))
    told = {name: _safe(value) for name, value in _fields(entry.record).items()}
    return {"at": round(entry.at, 3), "record": kind, **told}


def kind_of(record: type) -> str:
    """Return the name of a kind of record: `step-started`."""
    return _LETTER.sub("-", record.__name__).lower()


def _safe(value: Any) -> Any:
    if isinstance(value, str):
        return redacted(value)
    return [redacted(one) for one in value] if isinstance(value, tuple) else value


def _fields(record: Record) -> dict[str, Any]:
    match record:
        case events.PlanProposed(plan):
            return {"steps": tuple(step.summary for step in plan.steps)}
        case events.StepStarted(step, argv):
            return {"step": step.summary, "argv": argv}
        case events.StepFinished(step, returncode):
            return {"step": step.summary, "returncode": returncode}
        case events.CauseFound(diagnosis):
            return {"cause": str(diagnosis.cause), "project": diagnosis.project}
        case _:
            return _fields_of_install(record)


def _fields_of_install(record: Record) -> dict[str, Any]:
    match record:
        case events.AttemptStarted(number, command, log):
            return {"number": number, "argv": command.argv, "log": log}
        case events.AttemptFinished(attempt):
            return {"returncode": attempt.returncode, "log": attempt.log}
        case events.AttemptStopped(number):
            return {"number": number}
        case events.Verified(proof):
            return {"distribution": proof.distribution, "modules": proof.modules}
        case events.ImportFailed(distribution, module, _, log):
            return {"distribution": distribution, "module": module, "log": log}
        case _:
            return _fields_of_rest(record)


def _fields_of_rest(record: Record) -> dict[str, Any]:
    match record:
        case events.Waiting(reason):
            return {"reason": reason}
        case events.Notice(text):
            return {"text": text}
        case events.SourceUnread(why):
            return {"why": why}
        case (
            SystemChange()
            | UnseenStep()
            | events.RunStarted()
            | events.RunEnded()
            | events.PlanAnswered()
        ):
            return dict(vars(record))
        case _:
            return {}
