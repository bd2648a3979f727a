"""What a run shows about its remedies: whether the cause that each was for came back."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING

from buildfix.core import Step, events, learned
from buildfix.core.events import Entry, Record
from buildfix.core.learned import StepApplied
from buildfix.render.reasons import reason_document

if TYPE_CHECKING:
    from buildfix.render.document_types.report import EvidenceDocument

Same = Callable[[str, str], tuple[str, str]]
"""Returns the same for kinds and subjects of causes that are the same thing missing."""


def evidence_document(
    entries: Sequence[Entry], outcome: str, same: Same = lambda *cause: cause
) -> list[EvidenceDocument]:
    """Return each remedy that was applied, with its cause, and how the run ended."""
    records = [entry.record for entry in entries]
    system = next(filter(None, map(_system, records)), "")
    return [
        row
        for index, record in enumerate(records)
        if isinstance(record, StepApplied) and not record.step.looks_up
        for row in _rows(record.step, records[index:], outcome, system, same)
    ]


def _system(record: Record) -> str:
    match record:
        case events.PlanProposed(plan):
            return plan.host.release_id
        case learned.HostSeen(host):
            return host.release_id
        case _:
            return ""


def _rows(
    step: Step, after: Sequence[Record], outcome: str, system: str, same: Same
) -> Iterator[EvidenceDocument]:
    found = {
        same(*cause.identity)
        for record in after
        if isinstance(record, events.CauseFound)
        for cause in record.diagnosis.causes
    }
    for need in step.because:
        row: EvidenceDocument = {
            "remedy": step.summary,
            "cause": reason_document(need),
            "came_back": same(*need.cause) in found,
            "outcome": outcome,
        }
        names = step.names_for(need)
        if names != (step.summary,):
            row["parts"] = list(names)
        if system:
            row["system"] = system
        yield row
