"""Finds similar names, to suggest corrections of typos."""

from __future__ import annotations

from collections.abc import Iterable

from buildfix.core.spelling import edits

_MOST = 3
"""The maximum number of suggestions."""
_LONG = 7
"""Names of at least this length may differ by two edits."""


def near_names(name: str, known: Iterable[str]) -> tuple[str, ...]:
    """Return the known names near a name, the nearest first; none if the name is known.

    Near means one letter added, removed, changed or swapped with its neighbor; or two from seven
    letters on.
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
