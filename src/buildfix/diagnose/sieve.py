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
from collections.abc import Iterable, Iterator, Sequence, Set
from dataclasses import dataclass
from functools import lru_cache
from importlib import import_module
from itertools import accumulate
from typing import Any

_SELECTIVE = 3
_EVERYWHERE = "/usr/lib/python/site-packages/build/temp include setup.py install file"
"""What stands in so many lines of any log that it tells nothing."""

_ANCHORS = (
    *("Erro", "ot ", "e t", "No ", "ror ", "or:", "iled", "ERR", "as ", "is ", "atal", "ion "),
    *(" NO", "ossi", " int", "ent ", "rar", "ste", " be", "id ", "ch ", "ires ", "rro", " op"),
    *("o e", "ut ", "erm", "ptio", " on", "d: ", "red", " comp", " ge", " Python ", " loa"),
    *(" mis", "ned ", "lop", "ble ", "exec", "n t", "sing ", "pos", "use", "heade", "ly "),
    *("cat", "ere", "setup", " ex"),
)
"""Parts of many of the recipes' texts that stand in few lines of ordinary logs.

Found by a greedy cover of the texts, weighed against how often a part stands in the logs of
builds that went well; more of them would save a little more.
"""

_parser: Any = import_module("re._parser" if sys.version_info >= (3, 11) else "sre_parse")


class Sieve:
    """Tells of a block's lines which of the `patterns`, by their position, may match."""

    def __init__(self, patterns: Iterable[re.Pattern[str]]):
        """Learn what each pattern needs; one that needs nothing telling is left to others."""
        self._needs: list[_Need | None] = [_need_of(pattern) for pattern in patterns]
        needs = [(position, need) for position, need in enumerate(self._needs) if need]
        self._searches = (
            _Search((row for row in needs if not row[1].caseless), caseless=False),
            _Search((row for row in needs if row[1].caseless), caseless=True),
        )

    def knows(self, position: int) -> bool:
        """Say whether there are texts to search for on behalf of this pattern."""
        return self._needs[position] is not None

    def candidates(self, block: str, lines: Sequence[str]) -> Iterator[tuple[int, list[int]]]:
        """Yield lines, by their index, with the patterns that may match them, both in order."""
        hits: dict[int, set[int]] = defaultdict(set)
        for search in self._searches:
            search.run(block, hits)
        for index in sorted(hits):
            positions = self._met(lines[index], hits[index])
            if positions:
                yield index, positions

    def _met(self, line: str, positions: Set[int]) -> list[int]:
        """Return those of the positions, in order, one of whose texts really stands in a line."""
        lower = line.lower() if self._searches[1].needed else line
        met = []
        for position in positions:
            need = self._needs[position]
            if need is None:
                continue
            where = lower if need.caseless else line
            for text in need.texts:
                if text in where:
                    met.append(position)
                    break
        met.sort()
        return met


@dataclass(frozen=True)
class _Need:
    """Texts of which a line must contain one."""

    texts: tuple[str, ...]
    caseless: bool


def _need_of(pattern: re.Pattern[str]) -> _Need | None:
    texts = literals_of(pattern.pattern)
    if not is_selective(texts):
        return None
    caseless = bool(pattern.flags & re.IGNORECASE)
    return _Need(tuple(text.lower() if caseless else text for text in texts), caseless)


class _Search:
    """The texts to search for in a whole block, each with the positions of who needs it.

    In UTF-8, where a search costs the same whatever else stands in a block. Texts of another script
    are parted by their first byte beyond ASCII: a block that lacks the byte lacks them all.
    """

    def __init__(self, needs: Iterable[tuple[int, _Need]], *, caseless: bool):
        self._caseless = caseless
        texts: dict[str, set[int]] = defaultdict(set)
        for position, need in needs:
            for text in need.texts:
                texts[text].add(position)
        self._by_script: dict[bytes, list[tuple[bytes, set[int]]]] = defaultdict(list)
        for text, positions in _merged(texts).items():
            data = text.encode()
            self._by_script[_first_beyond_ascii(data)].append((data, positions))

    @property
    def needed(self) -> bool:
        """Whether there is anything to search for."""
        return bool(self._by_script)

    def run(self, block: str, hits: dict[int, set[int]]) -> None:
        """Add to `hits`, by the lines' indexes, the positions whose text stands in a line."""
        if not self.needed:
            return
        data = (block.lower() if self._caseless else block).encode("utf-8", "replace")
        ends = list(accumulate(len(line) + 1 for line in data.split(b"\n")))
        for script, rows in self._by_script.items():
            if script not in data:
                continue
            for text, positions in rows:
                at = data.find(text)
                while at >= 0:
                    index = bisect_right(ends, at)
                    hits[index] |= positions
                    at = data.find(text, ends[index])


def _first_beyond_ascii(text: bytes) -> bytes:
    return bytes(next(([byte] for byte in text if byte > 127), []))


def _merged(texts: dict[str, set[int]]) -> dict[str, set[int]]:
    """Return fewer texts: one that contains another of them need not be searched for."""
    kept: dict[str, set[int]] = {anchor: set() for anchor in _ANCHORS}
    for text in sorted(texts, key=len):
        shorter = next((one for one in kept if one in text), text)
        kept.setdefault(shorter, set()).update(texts[text])
    return {text: positions for text, positions in kept.items() if positions}


@lru_cache(maxsize=1024)
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
    return min(map(_worth_of, texts), default=0)


def _worth_of(text: str) -> int:
    return 1 if text in _EVERYWHERE else len(text) + 2 * (not text.isascii())
