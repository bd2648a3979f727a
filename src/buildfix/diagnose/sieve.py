"""Finding the few lines of a log that any pattern may match, at the speed of a text search.

A regular expression cannot match a line that lacks the texts which every match of it contains.
So each block of the log is searched for those texts alone, and only lines that contain one are
looked at, and only with the patterns that ask for it.
"""

from __future__ import annotations

import re
import sys
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from importlib import import_module
from itertools import accumulate
from typing import Any

_parser: Any = import_module("re._parser" if sys.version_info >= (3, 11) else "sre_parse")


class Sieve:
    """Tells of a block's lines which of the `patterns`, by their position, may match."""

    def __init__(self, patterns: Iterable[re.Pattern[str]]):
        """Learn what each pattern needs."""
        exact: dict[str, set[int]] = defaultdict(set)
        folded: dict[str, set[int]] = defaultdict(set)
        for position, pattern in enumerate(patterns):
            caseless = bool(pattern.flags & re.IGNORECASE)
            for text in literals_of(pattern.pattern):
                (folded if caseless else exact)[text.lower() if caseless else text].add(position)
        self._exact = _merged(exact)
        self._folded = _merged(folded)

    def candidates(self, block: str, lines: Sequence[str]) -> Iterator[tuple[int, list[int]]]:
        """Yield each line, by its index, with the patterns that may match it, both in order."""
        hits: dict[int, set[int]] = defaultdict(set)
        _search(block, lines, self._exact, hits)
        if self._folded:
            lower = block.lower()
            _search(lower, lower.split("\n"), self._folded, hits)
        for index in sorted(hits):
            yield index, sorted(hits[index])


def _search(
    block: str, lines: Sequence[str], texts: dict[str, set[int]], hits: dict[int, set[int]]
) -> None:
    ends = list(accumulate(len(line) + 1 for line in lines))
    for text, positions in texts.items():
        at = block.find(text)
        while at >= 0:
            index = bisect_right(ends, at)
            hits[index] |= positions
            at = block.find(text, ends[index])


def _merged(texts: dict[str, set[int]]) -> dict[str, set[int]]:
    """Return fewer texts: one that contains another of them need not be searched for."""
    kept: dict[str, set[int]] = {}
    for text in sorted(texts, key=len):
        shorter = next((one for one in kept if one in text), text)
        kept.setdefault(shorter, set()).update(texts[text])
    return kept


def literals_of(pattern: str) -> frozenset[str]:
    """Return texts of which every match of a regular expression contains at least one.

    The empty text, which every line contains, where nothing better is to be had.
    """
    return _literals(_parser.parse(pattern)) or frozenset({""})


def _literals(parsed: Any) -> frozenset[str]:
    """Return the best of all the sets that a sequence offers, the empty set for none."""
    best: frozenset[str] = frozenset()
    run = ""
    for operation, value in parsed:
        name = str(operation)
        if name == "LITERAL":
            run += chr(value)
            continue
        best, run = _better(best, frozenset({run})), ""
        if name == "SUBPATTERN":
            best = _better(best, _literals(value[3]))
        elif name == "BRANCH":
            branches = [_literals(branch) for branch in value[1]]
            if all(branches):
                best = _better(best, frozenset().union(*branches))
        elif name in ("MAX_REPEAT", "MIN_REPEAT") and value[0] > 0:
            best = _better(best, _literals(value[2]))
    return _better(best, frozenset({run}))


def _better(one: frozenset[str], other: frozenset[str]) -> frozenset[str]:
    """Return the set whose shortest text is the longer one."""
    other = frozenset(text for text in other if text) if all(other) else frozenset()
    return max(one, other, key=lambda texts: min(map(len, texts), default=0))
