"""What became of the remedies that runs applied, computed from their journals or reports."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timezone
from typing import TYPE_CHECKING

from buildfix.catalog.evidence import added
from buildfix.core.evidence import RemedyRecord
from buildfix.core.redaction import redacted

if TYPE_CHECKING:
    from buildfix.render.document_types.report import EvidenceDocument

_TESTED = ("installed", "unfixed")
"""How a run ends that shows whether its remedies helped; others were cut short."""


def remedy_records(
    runs: Iterable[tuple[float, Sequence[EvidenceDocument]]], version: str = ""
) -> tuple[RemedyRecord, ...]:
    """Return the records of all remedies, those that helped most often first.

    A run is when it began, and its evidence; `version` of buildfix is the one that did them all.
    """
    found = added(
        record for at, rows in runs for row in rows for record in _records(row, _day(at), version)
    )
    return tuple(sorted(found, key=lambda one: (-one.installed, -one.gone, one.remedy)))


def _records(row: EvidenceDocument, day: str, version: str) -> Iterator[RemedyRecord]:
    if row["outcome"] not in _TESTED:
        return
    gone = not row["came_back"]
    for name in row.get("parts") or [row["remedy"]]:
        yield RemedyRecord(
            row.get("system", ""),
            redacted(name),
            row["cause"]["kind"],
            redacted(row["cause"]["subject"]),
            applied=1,
            gone=int(gone),
            installed=int(gone and row["outcome"] == "installed"),
            first=day,
            last=day,
            versions=(version,) if version else (),
        )


def _day(at: float) -> str:
    return datetime.fromtimestamp(at, timezone.utc).strftime("%Y-%m-%d")
