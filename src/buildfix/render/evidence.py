"""What a run shows about its remedies: whether the cause that each was for came back."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from buildfix.core import Step, events
from buildfix.core.events import Entry
from buildfix.core.learned import StepApplied
from buildfix.render.reasons import reason_document

if TYPE_CHECKING:
    from buildfix.render.document_types.report import EvidenceDocument


def evidence_document(entries: Sequence[Entry], outcome: str) -> list[EvidenceDocument]:
    """Return each remedy that was applied, with its cause, and how the run ended."""
    records = [entry.record for entry in entries]
    return [
        row
        for index, record in enumerate(records)
        if isinstance(record, StepApplied)
        for row in _rows(record.step, records[index:], outcome)
    ]


def _rows(step: Step, after: Sequence[object], outcome: str) -> Iterator[EvidenceDocument]:
    found = {
        (cause.kind, cause.subject)
        for record in after
        if isinstance(record, events.CauseFound)
        for cause in record.diagnosis.causes
    }
    for need in step.because:
        cause = reason_document(need)
        came_back = (cause["kind"], cause["subject"]) in found
        yield {
            "remedy": step.summary,
            "cause": cause,
            "came_back": came_back,
            "outcome": outcome,
        }
