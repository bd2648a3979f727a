"""The measured table, as Markdown."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path

from tests.acceptance.runner import BuildfixRun, Run
from tests.bed import TARGET_PYTHON, BareRoot, Stack

HEAD = (
    "package",
    "plain pip",
    "pip after build-essential",
    "buildfix",
    "rounds",
    "failed builds",
    "seconds",
    "packages installed",
    "imported modules",
    "outcome",
)


@dataclass(frozen=True)
class Row:
    """All that was measured of one package; None is a column that was not asked for."""

    name: str
    pip: Run | None = None
    toolchain: Run | None = None
    buildfix: BuildfixRun | None = None


def render(rows: Sequence[Row], heading: Iterable[str]) -> str:
    """Return the whole document."""
    lines = [*heading, "", line(HEAD), line(["---"] * len(HEAD))]
    lines += [line(_cells(row)) for row in rows]
    lines.append(line(_totals(rows)))
    return "\n".join(lines) + "\n"


def heading(stack: Stack) -> list[str]:
    """Say when, in what and on what was measured; the versions are asked for in a root."""
    with BareRoot(stack) as root:
        python = root.check([TARGET_PYTHON, "-V"]).strip()
        pip = " ".join(root.check([TARGET_PYTHON, "-m", "pip", "--version"]).split()[:2])
    today = datetime.now(timezone.utc).date().isoformat()
    machine = f"{os.cpu_count()} cores, {_memory_gib():.0f} GiB"
    return [f"{today}, bare Debian {stack.suite}, {python}, {pip}, {machine}."]


def cell(run: Run | None) -> str:
    """Return a yes or no with the seconds it took."""
    if run is None:
        return "-"
    return f"{'yes' if run.works else 'no'}, {run.seconds:.0f} s"


def _cells(row: Row) -> list[str]:
    return [row.name, cell(row.pip), cell(row.toolchain), *_buildfix_cells(row.buildfix)]


def _buildfix_cells(run: BuildfixRun | None) -> list[str]:
    if run is None:
        return ["-"] * (len(HEAD) - 3)
    report = run.report
    asked = f": {', '.join(report.packages)}" if report.packages else ""
    imported = run.package.modules if run.works else ()
    return [
        "yes" if run.good else "no",
        str(len(report.returncodes)),
        str(report.failed_builds),
        f"{run.seconds:.0f}",
        f"{len(run.new_packages)} new{asked}",
        ", ".join(imported) or (_programs(run) if run.works else "-"),
        report.outcome + (f" ({run.detail})" if run.detail else ""),
    ]


def _programs(run: Run) -> str:
    return ", ".join(" ".join(argv) for argv in run.package.programs)


def _totals(rows: Sequence[Row]) -> list[str]:
    """Return the last line: how many of how many, and the sums."""
    runs = [row.buildfix for row in rows if row.buildfix]
    return [
        f"**{len(rows)} packages**",
        _share([row.pip.works for row in rows if row.pip]),
        _share([row.toolchain.works for row in rows if row.toolchain]),
        _share([run.good for run in runs]),
        str(sum(len(run.report.returncodes) for run in runs)),
        str(sum(run.report.failed_builds for run in runs)),
        f"{sum(run.seconds for run in runs):.0f}",
        *["-"] * 3,
    ]


def _share(results: Sequence[bool]) -> str:
    return f"{sum(results)} of {len(results)}" if results else "-"


def line(cells: Iterable[str]) -> str:
    """Return a row of a table."""
    return "| " + " | ".join(text.replace("|", "\\|").replace("\n", " ") for text in cells) + " |"


def _memory_gib() -> float:
    first = Path("/proc/meminfo").read_text(encoding="ascii").splitlines()[0]
    return int(first.split()[1]) / 2**20
