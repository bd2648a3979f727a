"""The records of a journal in the form of the report."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from buildfix.core import SystemChange, UnseenStep, events, learned
from buildfix.core.events import Entry
from buildfix.core.redaction import redacted

_LETTER = re.compile(r"(?<!^)(?=[A-Z])")
_WHOLE = (
    events.AttemptStopped,
    events.BuildFinished,
    learned.LookUpSkipped,
    events.Notice,
    events.PlanAnswered,
    events.RunEnded,
    events.SourceUnread,
    events.Waiting,
    learned.WheelsKept,
    SystemChange,
    UnseenStep,
)
"""Records whose fields are told as they are; what is long in others stands in the report."""
_OF_THE_FILE = (
    learned.HostSeen,
    learned.JobsReduced,
    learned.KilledRunsFound,
    learned.LibraryTooOld,
    learned.MemoryShort,
    learned.PackagesInherited,
    learned.PackagesSeen,
    learned.RunConcluded,
    learned.StepBrought,
    learned.TargetChosen,
    learned.TargetReported,
    learned.TimeSpent,
    learned.WheelsAsked,
)
"""Records that only the file has: a script reads the rest of the report instead."""
_FIELDS: Mapping[type, Callable[[Any], dict[str, Any]]] = {
    events.AttemptFinished: lambda it: {
        "returncode": it.attempt.returncode,
        "log": it.attempt.log,
    },
    events.AttemptStarted: lambda it: {
        "number": it.number,
        "argv": it.command.argv,
        "log": it.log,
    },
    events.BuildStarted: lambda it: {
        "project": it.project,
        "version": it.version,
        "argv": it.command.argv,
        "log": it.log,
    },
    events.CauseFound: lambda it: {
        "cause": str(it.diagnosis.cause),
        "project": it.diagnosis.project,
    },
    learned.ImportExplained: lambda it: {
        "broken": it.broken,
        "pair": it.pair,
        "against": it.against,
    },
    events.ImportFailed: lambda it: {
        "distribution": it.distribution,
        "module": it.module,
        "log": it.log,
    },
    learned.InstallVerified: lambda it: {
        "verified": tuple(one.distribution for one in it.proofs),
        "absent": it.absent,
    },
    learned.DownloadsReplaced: lambda it: {"needs": tuple(map(str, it.needs))},
    learned.NeedsSettled: lambda it: {"needs": tuple(map(str, it.needs))},
    events.PlanProposed: lambda it: {"steps": tuple(step.summary for step in it.plan.steps)},
    learned.StepApplied: lambda it: {"step": it.step.summary},
    learned.StepCutShort: lambda it: dict(vars(it.unfinished)),
    events.RunStarted: lambda it: {"requirements": it.requirements, "process": it.process},
    events.StepFinished: lambda it: {"step": it.step.summary, "returncode": it.returncode},
    events.StepStarted: lambda it: {"step": it.step.summary, "argv": it.argv},
    events.Verified: lambda it: {
        "distribution": it.proof.distribution,
        "modules": it.proof.modules,
    },
    **dict.fromkeys(_WHOLE, lambda it: dict(vars(it))),
}


def journal_document(entries: Iterable[Entry]) -> list[dict[str, Any]]:
    """Return the records as the report has them."""
    return [journal_record(one) for one in entries if not isinstance(one.record, _OF_THE_FILE)]


def journal_record(entry: Entry) -> dict[str, Any]:
    """Return a record with its time and kind."""
    kind = type(entry.record)
    fields = _FIELDS[kind](entry.record) if kind in _FIELDS else {}
    told = {name: _safe(value) for name, value in fields.items()}
    return {"at": round(entry.at, 3), "record": kind_of(kind), **told}


def kind_of(record: type) -> str:
    """Return the name of a kind of record: `step-started`."""
    return _LETTER.sub("-", record.__name__).lower()


def _safe(value: Any) -> Any:
    if isinstance(value, str):
        return redacted(value)
    return [redacted(one) for one in value] if isinstance(value, tuple) else value
