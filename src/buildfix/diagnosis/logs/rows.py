"""Takes the raw lines of a log apart, and tells where one is broken and the next is its rest."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

from buildfix.diagnosis.logs.margins import parted

_SHORTEST_WRAPPED = 32
"""Shorter lines are not broken by a terminal or by CMake."""
_NEARBY = 3
"""How many lines on each side show how long a line may be."""
_ENDS = ".!?"
"""How a sentence ends, and a line that is not broken."""
_REMEMBERED = 512
"""How many rows are cached; raw lines may be long."""


class Row(NamedTuple):
    """A raw line, taken apart."""

    text: str
    """Without its margin."""
    stream: str
    """Which of several interleaved outputs it belongs to."""
    margin: int
    is_boring: bool
    may_go_on: bool
    """Whether the next line may be its rest."""


class Rows:
    """Raw lines, taken apart as they are asked for."""

    def __init__(self, boring: re.Pattern[str]):
        """`boring` matches lines that never tell anything."""
        self._boring = boring
        self.row = lru_cache(maxsize=_REMEMBERED)(self._row)

    def _row(self, raw: str) -> Row:
        text, stream = parted(raw)
        is_boring = self._boring.match(text) is not None
        may_go_on = len(text) >= _SHORTEST_WRAPPED and text[-1] not in _ENDS and not is_boring
        return Row(text, stream, len(raw.rstrip()) - len(text), is_boring, may_go_on)

    def is_broken(self, shown: Sequence[str], at: int) -> bool:
        """Return whether the next of these lines may be the rest of the one at a position."""
        row = self.row(shown[at])
        if not row.may_go_on:
            return False
        below = self.row(shown[at + 1])
        if row.stream != below.stream or below.is_boring or not below.text:
            return False
        return not self._fits(row, below, shown, at)

    def _fits(self, row: Row, below: Row, shown: Sequence[str], at: int) -> bool:
        """Return whether a line had room for the next word, so that nothing broke it there.

        The rest tells nothing of the room: it may be all that was broken. Nor do lines after a
        change of the margin: CMake breaks its messages, but neither what is above nor below them.
        """
        least = len(shown[at]) + len(below.text.split(" ", 1)[0])
        above = range(at - 1, max(0, at - _NEARBY) - 1, -1)
        beneath = range(at + 2, min(len(shown), at + 2 + _NEARBY))
        for nearby in (above, beneath):
            for other in nearby:
                if self.row(shown[other]).margin != row.margin:
                    break
                if len(shown[other]) > least:
                    return True
        return False
