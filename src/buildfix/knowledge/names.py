"""Names that are near one another, as a slip of the hand makes them."""

from __future__ import annotations

from collections.abc import Iterable

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


def edits(one: str, other: str) -> int:
    """Return how many letters are added, dropped, changed or swapped between two words."""
    before: list[int] = []
    row = list(range(len(other) + 1))
    for i, a in enumerate(one, start=1):
        last, before_last, row = row, before, [i]
        for j, b in enumerate(other, start=1):
            cost = min(last[j] + 1, row[j - 1] + 1, last[j - 1] + (a != b))
            if i > 1 and j > 1 and (a, b) == (other[j - 2], one[i - 2]):
                cost = min(cost, before_last[j - 2] + 1)
            row.append(cost)
        before = last
    return row[-1]
