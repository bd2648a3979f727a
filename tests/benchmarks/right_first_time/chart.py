"""The chart: how many projects each way builds, and the seconds of buildfix beside the oracle's."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from xml.sax.saxutils import escape

from tests.benchmarks.right_first_time.cells import Cell
from tests.benchmarks.right_first_time.columns import COLUMNS
from tests.benchmarks.right_first_time.summary import ORACLE, Cells, Totals, totals

_WIDTH, _LEFT, _RIGHT = 760, 170, 40
_ROW = 15
_TICKS = (5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000)
# Colours that are told apart by the colour-blind, on white as on black.
_STYLE = """
.ground { fill: #ffffff } text { fill: #24292f; font: 11px sans-serif }
.title { font-weight: bold; font-size: 14px } .quiet { fill: #6e7781 }
.grid { stroke: #d0d7de } .bar { fill: #8c959f } .ours { fill: #0969da }
.gap { stroke: #8c959f; stroke-width: 2 }
.oracle { fill: #ffffff; stroke: #bc4c00; stroke-width: 2 }
@media (prefers-color-scheme: dark) {
.ground { fill: #0d1117 } text { fill: #e6edf3 } .quiet { fill: #9198a1 }
.grid { stroke: #30363d } .bar { fill: #656c76 } .ours { fill: #4493f8 }
.gap { stroke: #656c76 } .oracle { fill: #0d1117; stroke: #f0883e }
}
"""


def chart(suite: str, cells: Cells) -> str:
    """Return a suite's chart as SVG, readable on light and on dark ground."""
    columns = totals(cells, COLUMNS)
    below = 20 + 40 + _ROW * len(columns)
    pairs = [
        (name, by_column[ORACLE], by_column["buildfix"])
        for name, by_column in cells.items()
        if ORACLE in by_column
        and "buildfix" in by_column
        and by_column[ORACLE].success
        and by_column["buildfix"].success
    ]
    pairs.sort(key=lambda pair: pair[1].seconds)
    height = below + 60 + _ROW * len(pairs)
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height}"'
            f' width="{_WIDTH}" height="{height}" role="img">',
            f"<title>Right the first time, bare Debian {escape(suite)}</title>",
            f"<style>{_STYLE}</style>",
            f'<rect class="ground" width="{_WIDTH}" height="{height}" rx="6"/>',
            *_built(suite, columns, top=20),
            *(_seconds(pairs, below) if pairs else ()),
            "</svg>\n",
        ]
    )


def _built(suite: str, columns: Iterable[Totals], top: int) -> Iterator[str]:
    """Yield a bar for each column: the share of its projects that it builds."""
    yield _text(10, top, f"Projects built and imported, bare Debian {suite}", "title")
    for number, one in enumerate(columns, 1):
        y = top + 8 + _ROW * number
        share = one.successes / one.measured
        kind = "ours" if one.column == "buildfix" else "bar"
        width = (_WIDTH - _LEFT - 110) * share
        yield _text(_LEFT - 8, y, COLUMNS[one.column], "name", "end")
        yield f'<rect class="{kind}" x="{_LEFT}" y="{y - 9}" width="{width:.1f}" height="10"/>'
        yield _text(_LEFT + width + 6, y, f"{one.successes} of {one.measured}", "quiet")


def _seconds(pairs: list[tuple[str, Cell, Cell]], top: int) -> Iterator[str]:
    """Yield two dots for each project, on a logarithmic scale."""
    amounts = [cell.seconds for _, *both in pairs for cell in both]
    low, high = math.log(max(min(amounts), 1) * 0.8), math.log(max(amounts) * 1.25)

    def x(seconds: float) -> float:
        place = (math.log(max(seconds, 1)) - low) / (high - low)
        return _LEFT + place * (_WIDTH - _LEFT - _RIGHT)

    bottom = top + 34 + _ROW * len(pairs)
    yield _text(10, top, "Seconds from a bare system to the installed project", "title")
    yield f'<circle class="ours" cx="{_LEFT + 5}" cy="{top + 16}" r="4"/>'
    yield _text(_LEFT + 14, top + 20, "buildfix")
    yield f'<circle class="oracle" cx="{_LEFT + 85}" cy="{top + 16}" r="4"/>'
    yield _text(_LEFT + 94, top + 20, "oracle: all that is needed known beforehand")
    for tick in _TICKS:
        if low <= math.log(tick) <= high:
            at = f"{x(tick):.1f}"
            yield f'<path class="grid" d="M{at} {top + 28}V{bottom}"/>'
            yield _text(x(tick), bottom + 14, f"{tick} s", "quiet", "middle")
    for number, (name, oracle, ours) in enumerate(pairs, 1):
        y = top + 26 + _ROW * number
        yield _text(_LEFT - 8, y + 4, name, "name", "end")
        yield f'<path class="gap" d="M{x(oracle.seconds):.1f} {y}H{x(ours.seconds):.1f}"/>'
        yield f'<circle class="ours" cx="{x(ours.seconds):.1f}" cy="{y}" r="4"/>'
        yield f'<circle class="oracle" cx="{x(oracle.seconds):.1f}" cy="{y}" r="3.5"/>'


def _text(x: float, y: float, words: str, kind: str = "name", anchor: str = "start") -> str:
    at = f'x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}"'
    return f'<text class="{kind}" {at}>{escape(words)}</text>'
