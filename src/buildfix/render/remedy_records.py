"""What became of the remedies that earlier runs applied, computed from their journals."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timezone
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from buildfix.render.document_types.report import EvidenceDocument


@dataclass(frozen=True)
class RemedyRecord:
    """How often a remedy was applied for a cause, and what became of it."""

    remedy: str
    cause: str
    """Kind and subject."""
    first: float
    """When it was first applied, in seconds since 1970."""
    last: float
    applied: int = 0
    gone: int = 0
    """How often the cause did not come back."""
    installed: int = 0
    """How often the cause did not come back, and what was asked for was installed and imported."""

    def __str__(self) -> str:
        days = " to ".join(dict.fromkeys(map(_day, (self.first, self.last))))
        return (
            f"for {self.cause}: applied: {self.applied}; cause gone: {self.gone}; "
            f"installed and imported: {self.installed} ({days})"
        )


def remedy_records(
    runs: Iterable[tuple[float, Sequence[EvidenceDocument]]],
) -> tuple[RemedyRecord, ...]:
    """Return the records of all remedies, those that helped most often first.

    A run is when it began, and its evidence.
    """
    found: dict[tuple[str, str], RemedyRecord] = {}
    for at, rows in runs:
        for row in rows:
            cause = f"{row['cause']['kind']} {row['cause']['subject']}"
            before = found.get((row["remedy"], cause), RemedyRecord(row["remedy"], cause, at, at))
            gone = not row["came_back"]
            found[row["remedy"], cause] = replace(
                before,
                first=min(before.first, at),
                last=max(before.last, at),
                applied=before.applied + 1,
                gone=before.gone + gone,
                installed=before.installed + (gone and row["outcome"] == "installed"),
            )
    return tuple(sorted(found.values(), key=lambda one: (-one.installed, -one.gone, one.remedy)))


def _day(at: float) -> str:
    return datetime.fromtimestamp(at, timezone.utc).strftime("%Y-%m-%d")
