"""`python -m tests.evidence FOLDER…`: what became of remedies in real runs, as buildfix ships it.

Reads the reports (`buildfix.report/1`) below the folders, as benchmarks and the acceptance run keep
them in `*.stdout`, and writes `recipes/evidence.jsonl` anew. With `--add` it adds them to what the
file has; name no folder twice then.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

from buildfix import __version__
from buildfix.catalog.evidence import EVIDENCE, added, append_records, read_records
from buildfix.core.evidence import RemedyRecord
from buildfix.render.remedy_records import remedy_records
from tests.benchmarks.misses import reports
from tests.tree import ROOT

FILE = ROOT / "recipes" / EVIDENCE


def main(words: Sequence[str], file: Path = FILE) -> int:
    """Write the records of all reports below the folders; fails if there are none."""
    folders = [Path(word) for word in words if word != "--add"]
    found = records(folders)
    if not found:
        print("No report below these folders has a remedy.", file=sys.stderr)
        return 1
    before = read_records(file) if "--add" in words else ()
    all_of_them = sorted(added((*before, *found)), key=lambda one: one.key)
    file.unlink(missing_ok=True)
    append_records(file, all_of_them)
    print(f"{len(all_of_them)} records")
    return 0


def records(folders: Sequence[Path]) -> tuple[RemedyRecord, ...]:
    """Return the records of all reports below folders whose system is known."""
    runs = (
        (report["journal"][0]["at"], [row for row in report["evidence"] if "system" in row])
        for folder in folders
        for report in reports(folder)
    )
    return remedy_records(runs, __version__)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
