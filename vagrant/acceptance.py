"""`python -m vagrant.acceptance`: run the acceptance table on this machine, unattended.

Each package gets an environment of its own; the system's packages stay, as they do on a user's
machine. All of buildfix's reports go into one document, written anew after every package.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tests.acceptance.table import load, select

SCHEMA = "buildfix.acceptance/1"
_LIMIT_SECONDS = 1800.0
_SCRIPTS = "Scripts" if os.name == "nt" else "bin"


def main(arguments: Sequence[str]) -> int:
    """Measure what was asked for; 0 once every package has its report, whatever that says."""
    words = _parse(arguments)
    packages = select(load(), words.names, quick=words.quick)
    reports: dict[str, Any] = {}
    document = {"schema": SCHEMA, "host": _json_of([words.buildfix, "doctor", "--json"])}
    for package in packages:
        reports[package.name] = _fix(package.name, words.buildfix, words.python)
        text = json.dumps({**document, "reports": reports}, indent=2)
        words.report.write_text(f"{text}\n", encoding="utf-8")
        print(f"{package.name}: {reports[package.name]['outcome']}", file=sys.stderr, flush=True)
    return 0


def _parse(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m vagrant.acceptance", description=__doc__)
    parser.add_argument("--buildfix", required=True, help="the program that is tried")
    parser.add_argument("--python", required=True, help="what makes the environments")
    parser.add_argument("--report", type=Path, required=True, help="the document that is written")
    parser.add_argument("--quick", action="store_true", help="only the packages marked quick")
    parser.add_argument("names", nargs="*", metavar="NAME")
    return parser.parse_args(arguments)


def _fix(name: str, buildfix: str, python: str) -> dict[str, Any]:
    """Return buildfix's report of one package; its outcome says why where there is none."""
    with tempfile.TemporaryDirectory(prefix="buildfix-") as folder:
        subprocess.run([python, "-m", "venv", folder], check=True)
        target = str(Path(folder, _SCRIPTS, "python"))
        asked = ["fix", "--yes", "--from-source", "--json", "--python", target, name]
        return _json_of([buildfix, *asked])


def _json_of(argv: Sequence[str]) -> dict[str, Any]:
    try:
        done = subprocess.run(
            argv, stdin=subprocess.DEVNULL, capture_output=True, check=False, timeout=_LIMIT_SECONDS
        )
    except subprocess.TimeoutExpired:
        return {"outcome": f"not done after {_LIMIT_SECONDS / 60:.0f} minutes"}
    try:
        document = json.loads(done.stdout)
    except ValueError:
        document = None
    if isinstance(document, dict) and "error" not in document:
        return document
    said = done.stderr.decode("utf-8", "replace").strip().splitlines()
    return {"outcome": "no report", "reason": said[-1] if said else f"exit {done.returncode}"}


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
