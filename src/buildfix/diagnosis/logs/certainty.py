"""How sure a reading of a line is, and what else a log may mean.

A reader gives each of its readings a confidence; the readings of all readers are ranked together.
The figures are from logs labeled before they were first read: how often such a reading was right.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from buildfix.core import Cause, Weight

SURE = 0.6
"""Below it, further readings are shown."""
UNSURE = 0.55
"""What a reading has that there is a reason to doubt."""
_FURTHER = 2
_OF_PATTERNS: Mapping[Weight, float] = {"certain": 0.95, "likely": 0.85, "hint": 0.5}
_OF_FORMS: Mapping[Weight, float] = {"certain": 0.9, "likely": UNSURE, "hint": 0.45}
_OF_KINDS: Mapping[str, float] = {
    "source-error": UNSURE,
    "build-requirement-incompatible": 0.58,
    "python-unsupported": 0.58,
    "permission": 0.58,
    "unknown": 0.2,
}
"""The most that a reading of such a kind has: it says where it failed, or guesses at the reason."""
_WITHOUT_SUBJECT = frozenset({"disk-full", "certificate", "externally-managed"})
"""The kinds that have no subject to name: that they are there is enough."""
_AGREES, _DISAGREES = 0.3, 0.05
"""The share of a kind, as the model sees a line, that confirms a pattern, and that denies it."""


def confidence(kind: str, weight: Weight, *, by_form: bool = False) -> float:
    """Return how sure a reading is, by the class of what read it."""
    sure = (_OF_FORMS if by_form else _OF_PATTERNS)[weight]
    return min(sure, _OF_KINDS.get(kind, sure))


def is_guess(cause: Cause) -> bool:
    """Return whether only the model names a cause, and is not sure: nobody should act on it."""
    return cause.by == "model" and cause.confidence < SURE


def among(cause: Cause, others: Iterable[Cause]) -> Cause:
    """Return a cause with what others of the same weight, and a missing subject, leave of it."""
    named = cause.subject not in ("", "-") or cause.kind in _WITHOUT_SUBJECT
    alone = all(one.kind == cause.kind for one in others)
    return cause if named and alone else _at_most(cause, UNSURE)


def confirmed(cause: Cause, share: float) -> Cause:
    """Return a pattern's reading with what is left of it if the model sees the line otherwise."""
    least = _AGREES if cause.confidence < _OF_PATTERNS["certain"] else _DISAGREES
    return cause if share >= least else _at_most(cause, UNSURE)


def _at_most(cause: Cause, most: float) -> Cause:
    return replace(cause, confidence=min(cause.confidence, most))


def alternatives(best: Cause, others: Iterable[Cause]) -> tuple[Cause, ...]:
    """Return further readings, the likeliest first, if the best one is not sure."""
    if best.confidence >= SURE:
        return ()
    found: dict[tuple[str, str], Cause] = {}
    for cause in others:
        if cause.kind != "unknown" and cause.identity != best.identity:
            found.setdefault(cause.identity, cause)
    return tuple(found.values())[:_FURTHER]
