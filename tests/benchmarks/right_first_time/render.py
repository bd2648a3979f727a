"""The results as Markdown: a table for each suite, and a summary for the README."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from tests.acceptance.markdown import line
from tests.bed import SUITES
from tests.benchmarks.right_first_time.cells import Cell, of_suite
from tests.benchmarks.right_first_time.chart import chart
from tests.benchmarks.right_first_time.columns import COLUMNS
from tests.benchmarks.right_first_time.projects import Project
from tests.benchmarks.right_first_time.summary import Cells, Ratio, Totals, missed, totals

SUMMARY = (
    "way",
    "built",
    "failed builds",
    "time to the oracle's: median",
    "sum",
    "packages: median",
    "sum",
    "megabytes: sum",
)


def write_all(cells: Iterable[Cell], projects: Sequence[Project], folder: Path) -> list[Path]:
    """Write each suite's table and chart and the summary to a folder; return the files."""
    cells = list(cells)
    texts = {"summary.md": summary(cells, projects)}
    for suite in SUITES:
        if found := of_suite(cells, suite):
            texts[f"{suite}.md"] = table(suite, found, projects)
            texts[f"{suite}.svg"] = chart(suite, found)
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in texts.items():
        (folder / name).write_text(text, encoding="utf-8")
    return [folder / name for name in texts]


def summary(cells: Sequence[Cell], projects: Iterable[Project]) -> str:
    """Return one line for each suite and column: of all projects, then of the most downloaded."""
    most = {project.name for project in projects if project.most_downloaded}
    lines = [
        *_summary(cells),
        "",
        f"Of the {len(most)} compiled ones among PyPI's 150 most downloaded:",
        "",
        *_summary([cell for cell in cells if cell.project in most]),
    ]
    return "\n".join(lines) + "\n"


def _summary(cells: Iterable[Cell]) -> list[str]:
    cells = list(cells)
    lines = [line(("suite", *SUMMARY)), line(["---"] * (len(SUMMARY) + 1))]
    for suite in SUITES:
        found = of_suite(cells, suite)
        lines += [line((suite, *_total_cells(one))) for one in totals(found, COLUMNS)]
    return lines


def table(suite: str, cells: Cells, projects: Sequence[Project]) -> str:
    """Return a suite's document."""
    present = [one.column for one in totals(cells, COLUMNS)]
    rows = [project for project in projects if project.name in cells]
    lines = [
        f"# Right the first time: bare Debian {suite}",
        "",
        f"{_span(cells)}. In each cell: whether the modules import in a fresh process, failed"
        " builds, seconds, Debian packages newly installed and their megabytes.",
        "",
        line(("project", "version", *(COLUMNS[column] for column in present))),
        line(["---"] * (len(present) + 2)),
    ]
    lines += [line(_row(project.name, cells[project.name], present)) for project in rows]
    lines += ["", line(SUMMARY), line(["---"] * len(SUMMARY))]
    lines += [line(_total_cells(one)) for one in totals(cells, COLUMNS)]
    return "\n".join([*lines, *_failures(suite, cells, rows)]) + "\n"


def _row(name: str, cells: Mapping[str, Cell], columns: Iterable[str]) -> list[str]:
    versions = dict.fromkeys(cell.version for cell in cells.values() if cell.version)
    return [name, ", ".join(versions) or "-", *(_cell(cells.get(column)) for column in columns)]


def _cell(cell: Cell | None) -> str:
    if cell is None:
        return "-"
    return (
        f"{'yes' if cell.success else 'no'}, {cell.failed_builds}, {cell.seconds:.0f} s,"
        f" {cell.packages}, {cell.installed_mb:.0f} MB"
    )


def _total_cells(one: Totals) -> list[str]:
    return [
        COLUMNS[one.column],
        f"{one.successes} of {one.measured}",
        f"{one.failed_builds:.2f}",
        *_ratio(one.seconds),
        *_ratio(one.packages),
        _ratio(one.megabytes)[1],
    ]


def _ratio(ratio: Ratio | None) -> tuple[str, str]:
    return (f"{ratio.median:.2f}", f"{ratio.sum:.2f}") if ratio else ("-", "-")


def _span(cells: Cells) -> str:
    """Say when, with what and on how much it was measured."""
    flat = [cell for by_column in cells.values() for cell in by_column.values()]
    days = sorted({cell.date[:10] for cell in flat})
    commits = sorted({cell.commit for cell in flat if cell.column == "buildfix"})
    when = days[0] if len(days) == 1 else f"{days[0]} to {days[-1]}"
    return f"{when}, buildfix {', '.join(commits) or '-'}, one core for each cell"


def _failures(suite: str, cells: Cells, projects: Sequence[Project]) -> list[str]:
    """Name what buildfix did not build, and what nobody was expected to."""
    lines = ["", "Built by the oracle and not by buildfix:"]
    found = missed(cells, "buildfix")
    lines += [f"- {name}: {cells[name]['buildfix'].detail}" for name in found] or ["- none"]
    barred = [project for project in projects if not project.known[suite].oracle]
    if barred:
        lines += ["", "Not tried by the oracle:"]
        lines += [f"- {project.name}: {project.known[suite].note}" for project in barred]
    return lines
