"""Prints what a project's release wheels are for: `python -m tests.release_wheels CLONE`.

That is the table `[[released]]` of its recipe, read from the workflow of each tag in a clone of its
repository; a release that is for the same as the one before is left out.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Iterator

from packaging.version import InvalidVersion, Version

_LISTED = re.compile(r"^ +(python|torch|cuda)-version: *\[(.*)\]", re.MULTILINE)
_NUMBERS = {"python": 2, "torch": 2, "cuda": 1}
_WORKFLOWS = (".github/workflows/publish.yml", ".github/workflows/publish.yaml")


def _git(clone: str, *argv: str) -> str:
    done = subprocess.run(["git", "-C", clone, *argv], capture_output=True, text=True, check=False)
    return done.stdout


def _releases(clone: str) -> Iterator[tuple[Version, str]]:
    for tag in _git(clone, "tag").split():
        try:
            yield Version(tag), tag
        except InvalidVersion:
            continue


def _rows(clone: str, tag: str) -> dict[str, list[str]]:
    text = "".join(_git(clone, "show", f"{tag}:{one}") for one in _WORKFLOWS)
    rows: dict[str, list[str]] = {}
    for name, listed in _LISTED.findall(text):
        values = [one.strip(" '\"") for one in listed.split(",") if "dev" not in one]
        short = dict.fromkeys(".".join(one.split(".")[: _NUMBERS[name]]) for one in values)
        rows.setdefault(name, list(short))
    return rows


def main(clone: str) -> None:
    """Print the table."""
    before: dict[str, list[str]] = {}
    for version, tag in sorted(_releases(clone)):
        rows = _rows(clone, tag)
        if not rows or rows == before:
            continue
        before = rows
        print(f'[[released]]\nsince = "{version}"')
        for name in ("torch", "cuda", "python"):
            print(f"{name} = {json.dumps(rows.get(name, []))}")
        print()


if __name__ == "__main__":
    main(sys.argv[1])
