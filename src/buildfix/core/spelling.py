"""The distance between two words."""

from __future__ import annotations


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
