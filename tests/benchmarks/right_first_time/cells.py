"""What was measured, cell by cell, and how it is kept: one JSON object a line."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path

SCHEMA = "buildfix.right-first-time/1"
RESULTS = Path(__file__).with_name("results")
_appending = threading.Lock()


@dataclass(frozen=True)
class Cell:
    """One project, built in one way, in a fresh bare root of one suite."""

    suite: str
    column: str
    project: str
    success: bool
    """Its modules import, or its programs run, in a fresh process."""
    failed_builds: int
    """Runs of the installer that failed."""
    seconds: float
    """From the first command to the end of the last, the proof not among them."""
    packages: int = 0
    """Debian packages that are installed now and were not before."""
    installed_mb: float = 0.0
    """What these say that they take, in 10^6 bytes."""
    download_mb: float = 0.0
    """How large they are as archives, in 10^6 bytes."""
    version: str = ""
    """What was installed, as its metadata says."""
    detail: str = ""
    """Why it did not succeed, in a line."""
    parts: Mapping[str, float] = field(default_factory=dict)
    """The seconds by command, or as buildfix reports them."""
    date: str = ""
    commit: str = ""
    """Of buildfix's repository."""
    cores: int = 1
    """Processor cores that it had."""
    at_once: int = 1
    """Cells that were measured at the same time, each with cores of its own."""

    @property
    def key(self) -> tuple[str, str, str]:
        """What makes a cell the same as one that was measured before."""
        return self.suite, self.column, self.project


def append(path: Path, cell: Cell) -> None:
    """Write a cell to the end of a file, at once and whole."""
    line = json.dumps({"schema": SCHEMA, **asdict(cell)}, ensure_ascii=False)
    with _appending:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("a", encoding="utf-8") as file:
            file.write(line + "\n")


def read(path: Path) -> dict[tuple[str, str, str], Cell]:
    """Return the cells of a file, the last of each key; raises ValueError naming a bad line."""
    if not path.is_file():
        return {}
    lines = path.read_text(encoding="utf-8").splitlines()
    cells = (_cell(line, number) for number, line in enumerate(lines, 1) if line.strip())
    return {cell.key: cell for cell in cells}


def of_suite(cells: Iterable[Cell], suite: str) -> dict[str, dict[str, Cell]]:
    """Return a suite's cells, by project and by column."""
    found: dict[str, dict[str, Cell]] = {}
    for cell in cells:
        if cell.suite == suite:
            found.setdefault(cell.project, {})[cell.column] = cell
    return found


def _cell(line: str, number: int) -> Cell:
    try:
        fields = json.loads(line)
        if fields.pop("schema") != SCHEMA:
            raise ValueError
        return Cell(**fields)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"line {number} is no {SCHEMA}") from error
