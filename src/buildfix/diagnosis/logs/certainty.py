"""How sure a reading of a line is, and what else a log may mean.

A reader gives each of its readings a confidence; the readings of all readers are ranked together.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from buildfix.core import Cause, Weight

SURE = 0.6
"""Below it, further readings are shown, and the model alone does not name a cause."""
_FURTHER = 2
_OF_PATTERNS: Mapping[Weight, float] = {"certain": 0.95, "likely": 0.85, "hint": 0.55}
_OF_FORMS: Mapping[Weight, float] = {"certain": 0.9, "likely": 0.75, "hint": 0.5}
_OF_KINDS: Mapping[str, float] = {"source-error": 0.7, "unknown": 0.2}
"""The most that a reading of such a kind has: it says where it failed, not why."""


def confidence(kind: str, weight: Weight, *, by_form: bool = False) -> float:
    """Return how sure a reading is, by the class of what read it."""
    sure = (_OF_FORMS if by_form else _OF_PATTERNS)[weight]
    return min(sure, _OF_KINDS.get(kind, sure))


def alternatives(best: Cause, others: Iterable[Cause]) -> tuple[Cause, ...]:
    """Return further readings, the likeliest first, if the best one is not sure."""
    if best.confidence >= SURE:
        return ()
    found: dict[tuple[str, str], Cause] = {}
    for cause in others:
        if cause.kind != "unknown" and cause.identity != best.identity:
            found.setdefault(cause.identity, cause)
    return tuple(found.values())[:_FURTHER]
