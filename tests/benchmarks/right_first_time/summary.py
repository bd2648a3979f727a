"""What a suite's cells come to, column by column, and beside the oracle."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from tests.benchmarks.right_first_time.cells import Cell

ORACLE = "oracle"
Cells = Mapping[str, Mapping[str, Cell]]
"""By project and by column."""


@dataclass(frozen=True)
class Ratio:
    """How much of something a column takes for what the oracle takes one of."""

    median: float
    """Of the projects' own ratios."""
    sum: float
    """Of all projects together."""


@dataclass(frozen=True)
class Totals:
    """One column of one suite."""

    column: str
    measured: int
    successes: int
    failed_builds: float
    """On average, of the projects measured."""
    compared: int = 0
    """Projects in which both it and the oracle succeeded; the ratios are of these."""
    seconds: Ratio | None = None
    packages: Ratio | None = None
    megabytes: Ratio | None = None


def totals(cells: Cells, columns: Iterable[str]) -> list[Totals]:
    """Return what each column comes to, leaving out those of which nothing was measured."""
    return [
        _totals(column, cells)
        for column in columns
        if any(column in by_column for by_column in cells.values())
    ]


def missed(cells: Cells, column: str) -> list[str]:
    """Return the projects that the oracle built and this column, though measured, did not."""
    return sorted(
        project
        for project, by_column in cells.items()
        if _succeeded(by_column, ORACLE) and column in by_column and not by_column[column].success
    )


def _totals(column: str, cells: Cells) -> Totals:
    own = [by_column[column] for by_column in cells.values() if column in by_column]
    pairs = [
        (by_column[column], by_column[ORACLE])
        for by_column in cells.values()
        if _succeeded(by_column, column) and _succeeded(by_column, ORACLE)
    ]
    return Totals(
        column=column,
        measured=len(own),
        successes=sum(cell.success for cell in own),
        failed_builds=statistics.fmean(cell.failed_builds for cell in own),
        compared=len(pairs),
        seconds=_ratio(pairs, lambda cell: cell.seconds),
        packages=_ratio(pairs, lambda cell: cell.packages),
        megabytes=_ratio(pairs, lambda cell: cell.installed_mb),
    )


def _ratio(pairs: Sequence[tuple[Cell, Cell]], amount: Callable[[Cell], float]) -> Ratio | None:
    """Return the ratios; a project for which the oracle takes nothing counts in the sum alone."""
    ratios = [amount(one) / amount(other) for one, other in pairs if amount(other)]
    if not ratios:
        return None
    whole = sum(amount(one) for one, _ in pairs) / sum(amount(other) for _, other in pairs)
    return Ratio(statistics.median(ratios), whole)


def _succeeded(by_column: Mapping[str, Cell], column: str) -> bool:
    cell = by_column.get(column)
    return cell is not None and cell.success
