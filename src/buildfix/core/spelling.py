"""The distance between two words, and the word that was probably meant."""

from __future__ import annotations

from collections.abc import Iterable

_SHORT = 4
"""In words of at most this many letters, only one edit is a typo."""


def edits(one: str, other: str) -> int:
    """Return the number of edits between two words: letters added, removed, changed or swapped.

    It is the restricted edit distance (Damerau and Levenshtein): a swapped letter is not edited
    again.
    """
    before: list[int] = []
    row = list(range(len(other) + 1))
    for i, letter in enumerate(one, start=1):
        older, before, row = before, row, [i]
        for j, wanted in enumerate(other, start=1):
            cost = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (letter != wanted))
            if j > 1 and older and letter == other[j - 2] and one[i - 2] == wanted:
                cost = min(cost, older[j - 2] + 1)
            row.append(cost)
    return row[-1]


def nearest(word: str, known: Iterable[str]) -> str:
    """Return the known word that is nearest to one, in at most two edits; empty if none is."""
    allowed = 2 if len(word) > _SHORT else 1
    near = [one for one in known if abs(len(one) - len(word)) <= allowed]
    found = min(((edits(word, one), one) for one in near), default=(allowed + 1, ""))
    return found[1] if found[0] <= allowed else ""
