"""`python -m tests.benchmarks.misses FOLDER…`: what only failed builds showed, in earlier runs.

Looks for reports (`buildfix.report/1`) below the folders, as benchmarks and the acceptance run keep
them in `*.stdout`, and prints what each run needed after a failed build: a project's entry for
first_sight.toml or foresee.toml, whose readings then show what foresight misses.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

SCHEMA = "buildfix.report/1"


def main(folders: list[str]) -> int:
    """Print the entries of all reports below the folders; fails if there is no report."""
    found = [report for folder in folders for report in reports(Path(folder))]
    for report in found:
        if missed := list(dict.fromkeys(misses(report))):
            print(
                f'[[project]]\nname = "{report["requirements"][0]}"\nneeds = {json.dumps(missed)}\n'
            )
    print(f"# {len(found)} reports")
    return 0 if found else 1


def reports(folder: Path) -> Iterator[Mapping[str, Any]]:
    """Yield the reports below a folder."""
    for path in sorted(folder.rglob("*.stdout")):
        try:
            document = json.loads(path.read_text(encoding="utf-8"))
        except ValueError:
            continue
        if isinstance(document, dict) and document.get("schema") == SCHEMA:
            yield document


def misses(report: Mapping[str, Any]) -> Iterator[str]:
    """Yield the causes of failed builds that a step was applied for, as `kind:subject`."""
    told = {
        (cause["kind"], cause["subject"])
        for attempt in report["attempts"]
        for cause in causes(attempt.get("diagnosis") or {})
    }
    for one in report["evidence"]:
        cause = one["cause"]
        if (cause["kind"], cause["subject"]) in told:
            yield f"{cause['kind']}:{cause['subject']}"


def causes(diagnosis: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """Yield the causes of a diagnosis, the first one and those seen beside it."""
    yield from filter(None, (diagnosis.get("cause"), *diagnosis.get("also", ())))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
