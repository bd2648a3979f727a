"""`python -m vagrant.matrix FILE...`: merge the machines' documents into one Markdown matrix."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from vagrant.acceptance import SCHEMA


@dataclass(frozen=True)
class Machine:
    """What one machine's document says."""

    title: str
    cells: Mapping[str, str]
    """What became of each package."""
    installed: int


def read_machine(path: Path) -> Machine:
    """Return what a document says; raises ValueError where it is none."""
    document = json.loads(path.read_text(encoding="utf-8"))
    if not isinstance(document, dict) or document.get("schema") != SCHEMA:
        raise ValueError(f"{path} does not follow {SCHEMA}")
    reports: Mapping[str, Mapping[str, Any]] = document["reports"]
    return Machine(
        title=document["host"].get("title") or path.stem,
        cells={name: _cell(report) for name, report in reports.items()},
        installed=sum(report["outcome"] == "installed" for report in reports.values()),
    )


def render(machines: Sequence[Machine]) -> str:
    """Return the matrix: a row for each package, a column for each machine, their sums last."""
    packages = list(dict.fromkeys(name for machine in machines for name in machine.cells))
    rows = [["package", *(machine.title for machine in machines)]]
    rows.append(["---"] * (len(machines) + 1))
    rows += [[name, *(machine.cells.get(name, "-") for machine in machines)] for name in packages]
    sums = (f"{machine.installed} of {len(machine.cells)}" for machine in machines)
    rows.append(["**installed**", *sums])
    return "\n".join(map(_line, rows)) + "\n"


def main(arguments: Sequence[str]) -> int:
    """Print the matrix; 2 where a file is no document."""
    try:
        machines = [read_machine(Path(name)) for name in arguments]
    except (OSError, ValueError) as error:
        print(error, file=sys.stderr)
        return 2
    sys.stdout.write(render(machines))
    return 0


def _cell(report: Mapping[str, Any]) -> str:
    """Return the outcome, with how long it took or why it ended so."""
    seconds = report.get("seconds")
    if report["outcome"] == "installed" and isinstance(seconds, dict):
        return f"installed, {seconds['total']:.0f} s"
    return ": ".join(filter(None, (report["outcome"], report.get("reason"))))


def _line(cells: Iterable[str]) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|").replace("\n", " ") for cell in cells) + " |"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
