"""Rows of text with at most two columns, laid out for a width; no word is broken."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Iterator, Sequence
from typing import Literal

from buildfix.core.light_dataclass import dataclass

Style = Literal["", "title", "root", "removes", "warning", "dim", "new"]

STACKED = 80
"""In fewer columns than this, what stands beside a text stands below it."""
GLUE = "\u00a0"
"""A space at which no line is broken."""
_GAP = 2
_LEFT_SHARE = 0.6
"""The largest part of the width for the left column."""


@dataclass(frozen=True)
class Row:
    """One row: a text, and what is said of it beside it."""

    left: str
    right: str = ""
    indent: int = 0
    style: Style = ""


@dataclass(frozen=True)
class Line:
    """A line to print: the left part in its style, the right part always in a quiet one."""

    left: str
    right: str = ""
    style: Style = ""

    @property
    def text(self) -> str:
        """Both parts."""
        return self.left + self.right


def laid_out(rows: Sequence[Row], width: int | None) -> Iterator[Line]:
    """Yield the lines of rows; without a width each row is one line."""
    if width is None:
        for row in rows:
            right = " " * _GAP + row.right if row.right else ""
            left = " " * row.indent + row.left
            yield Line(left.replace(GLUE, " "), right.replace(GLUE, " "), row.style)
        return
    column = _column(rows, width)
    for row in rows:
        yield from _stacked(row, width) if column is None else _beside(row, width, column)


def wrapped(text: str, width: int, indent: int = 0, hanging: int = 0) -> list[str]:
    """Return the lines of a text, broken between words; a longer word keeps its own line."""
    lines = textwrap.wrap(
        text,
        max(width, 1),
        initial_indent=" " * indent,
        subsequent_indent=" " * (indent + hanging),
        break_long_words=False,
        break_on_hyphens=False,
    )
    return [line.replace(GLUE, " ") for line in lines] or [""]


def wrapped_as_is(text: str, width: int) -> list[str]:
    """Return the lines of a text, those that are too long broken under their own beginning."""
    lines: list[str] = []
    for line in text.split("\n"):
        indent = len(line) - len(line.lstrip())
        fits = len(line) <= width
        lines += [line] if fits else wrapped(line.strip(), width, indent, _GAP)
    return lines


def _column(rows: Iterable[Row], width: int) -> int | None:
    """Return where the right column begins; None if the rows are stacked."""
    lefts = [row.indent + len(row.left) for row in rows if row.right]
    if width < STACKED or not lefts:
        return None
    return min(max(lefts), int(width * _LEFT_SHARE)) + _GAP


def _stacked(row: Row, width: int) -> Iterator[Line]:
    for line in wrapped(row.left, width, row.indent, _GAP):
        yield Line(line, "", row.style)
    if row.right:
        for line in wrapped(row.right, width, row.indent + 2 * _GAP):
            yield Line("", line)


def _beside(row: Row, width: int, column: int) -> Iterator[Line]:
    lefts = wrapped(row.left, column - _GAP if row.right else width, row.indent, _GAP)
    rights = wrapped(row.right, width - column) if row.right else []
    for number in range(max(len(lefts), len(rights))):
        left = lefts[number] if number < len(lefts) else ""
        right = rights[number] if number < len(rights) else ""
        padded = f"{left:<{column}}" if right else left
        yield Line(padded, right, row.style)
