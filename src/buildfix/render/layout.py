"""Rows of text and tables, laid out for a width; no word is broken."""

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
_SHORTEST = 16
"""A text that may be shortened keeps so much."""
_LAST_COLUMN = 20
"""With less room than this for its last column, a table's columns are not aligned."""


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


def aligned(
    rows: Sequence[Sequence[str]], width: int | None, cut: int | None = None
) -> Iterator[Line]:
    """Yield the lines of a table, its columns aligned; only the last column is wrapped.

    The texts of column `cut` are shortened if there is no room for them.
    """
    if width and cut is not None:
        others = sum(size + _GAP for number, size in enumerate(_sizes(rows)) if number != cut)
        most = max(width - others - 2 * _GAP - _LAST_COLUMN, _SHORTEST)
        rows = [[*row[:cut], _shortened(row[cut], most), *row[cut + 1 :]] for row in rows]
    sizes = _sizes(rows)
    room = width and width - sum(size + _GAP for size in sizes) - _GAP
    for row in rows:
        if width and room is not None and room < _LAST_COLUMN:
            yield from _stacked_texts(row, width)
            continue
        cells = (f"{text:<{size}}" for text, size in zip(row, sizes, strict=False))
        left = "".join(f"{' ' * _GAP}{cell}" for cell in cells)
        for number, right in enumerate(wrapped(row[-1], room) if room else row[-1:]):
            begins = left if number == 0 else " " * len(left)
            yield Line(begins, f"{' ' * _GAP}{right}") if right else Line(begins.rstrip())


def _sizes(rows: Sequence[Sequence[str]]) -> list[int]:
    """Return the widths of all columns but the last."""
    return [max(map(len, column)) for column in zip(*(row[:-1] for row in rows), strict=True)]


def _shortened(text: str, most: int) -> str:
    """Return a text without its last words, so that it has `most` characters at most."""
    if len(text) <= most:
        return text
    return f"{textwrap.shorten(text, most - 1, placeholder='') or text[: most - 1]}…"


def _stacked_texts(row: Sequence[str], width: int) -> Iterator[Line]:
    """Yield a row's texts, as many in a line as there is room for."""
    begun, *rest = row
    indent = _GAP
    for text in rest:
        joined = f"{begun}{' ' * _GAP}{text}" if begun else text
        if indent + len(joined) <= width:
            begun = joined
            continue
        yield from map(Line, wrapped(begun, width, indent, _GAP))
        begun, indent = text, 2 * _GAP
    yield from map(Line, wrapped(begun, width, indent, _GAP))


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
