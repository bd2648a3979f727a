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
from collections.abc import Iterable, Iterator, Set
from importlib import import_module
from itertools import accumulate
from typing import Any

_SELECTIVE = 3

_parser: Any = import_module("re._parser" if sys.version_info >= (3, 11) else "sre_parse")


class Sieve:
    """Tells of a block's lines which of the `patterns`, by their position, may match."""

    def __init__(self, patterns: Iterable[re.Pattern[str]]):
        """Learn what each pattern needs; one that needs nothing telling is left to others."""
        exact: dict[str, set[int]] = defaultdict(set)
        folded: dict[str, set[int]] = defaultdict(set)
        for position, pattern in enumerate(patterns):
            caseless = bool(pattern.flags & re.IGNORECASE)
            texts = literals_of(pattern.pattern)
            for text in texts if is_selective(texts) else ():
                (folded if caseless else exact)[text.lower() if caseless else text].add(position)
        self._texts = [_Texts(exact, folded=False), _Texts(folded, folded=True)]

    def knows(self, position: int) -> bool:
        """Say whether there are texts to search for on behalf of this pattern."""
        return any(position in positions for texts in self._texts for _, positions in texts.rows)

    def candidates(
        self, block: str, done: Set[int] = frozenset()
    ) -> Iterator[tuple[int, list[int]]]:
        """Yield each line, by its index, with the patterns that may match it, both in order.

        Patterns at `done` are not looked for any more.
        """
        hits: dict[int, set[int]] = defaultdict(set)
        for texts in self._texts:
            texts.search(block, done, hits)
        for index in sorted(hits):
            yield index, sorted(hits[index])


class _Texts:
    """The texts to search for, each with the positions of the patterns that need it.

    In UTF-8, where a search costs the same whatever else stands in a block. Texts of another script
    are parted by their first byte beyond ASCII: a block that lacks the byte lacks them all.
    """

    def __init__(self, texts: dict[str, set[int]], *, folded: bool):
        self._folded = folded
        self.rows = tuple((text.encode(), each) for text, each in _merged(texts).items())
        self._by_script: dict[bytes, list[tuple[bytes, set[int]]]] = defaultdict(list)
        for text, positions in self.rows:
            self._by_script[_first_beyond_ascii(text)].append((text, positions))

    def search(self, block: str, done: Set[int], hits: dict[int, set[int]]) -> None:
        """Add to `hits`, by the lines' indexes, the positions whose text stands in a line."""
        if not self.rows:
            return
        data = (block.lower() if self._folded else block).encode("utf-8", "replace")
        ends = list(accumulate(len(line) + 1 for line in data.split(b"\n")))
        for script, rows in self._by_script.items():
            if script not in data:
                continue
            for text, positions in rows:
                at = -1 if positions <= done else data.find(text)
                while at >= 0:
                    index = bisect_right(ends, at)
                    hits[index] |= positions
                    at = data.find(text, ends[index])


def _first_beyond_ascii(text: bytes) -> bytes:
    return bytes(next(([byte] for byte in text if byte > 127), []))


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


def is_selective(texts: frozenset[str]) -> bool:
    """Say whether few lines contain one of these: each has three letters, or one beyond ASCII."""
    return _worth(texts) >= _SELECTIVE


def _better(one: frozenset[str], other: frozenset[str]) -> frozenset[str]:
    """Return the set whose least telling text tells more."""
    return max(one, other if all(other) else frozenset(), key=_worth)


def _worth(texts: frozenset[str]) -> int:
    """Return how telling the least telling text is; characters beyond ASCII tell more."""
    return min((len(text) + 2 * (not text.isascii()) for text in texts), default=0)
