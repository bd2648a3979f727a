"""Names that are near one another, as a slip of the hand makes them."""

from __future__ import annotations

from collections.abc import Iterable

from buildfix.core.spelling import edits

_MOST = 3
"""Names that are shown at most."""
_LONG = 7
"""From this length on a name may differ in two places."""


def near_names(name: str, known: Iterable[str]) -> tuple[str, ...]:
    """Return the known names that are near a name, the nearest first; none where it is known.

    One letter more, less, changed or swapped with its neighbor is near; two from seven letters on.
    """
    most = 2 if len(name) >= _LONG else 1
    found = []
    for other in dict.fromkeys(known):
        if other == name:
            return ()
        if abs(len(other) - len(name)) <= most:
            distance = edits(name, other)
            found += [(distance, other)] if distance <= most else []
    return tuple(other for _, other in sorted(found)[:_MOST])
