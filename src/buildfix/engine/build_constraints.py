"""The file with constraints on build requirements, in the run's log folder."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from buildfix.engine.temporary_folders import write_for_builds

_NAME = "build-constraints.txt"


def write_constraints(folder: Path, constraints: Iterable[str]) -> str:
    """Write constraints, each once, and return the path of their file."""
    path = folder / _NAME
    write_for_builds(path, "\n".join(dict.fromkeys(constraints)) + "\n")
    return str(path)


def files_of(folder: Path) -> tuple[tuple[str, str], ...]:
    """Return the path and text of that file, if it exists."""
    path = folder / _NAME
    return ((str(path), path.read_text(encoding="utf-8")),) if path.is_file() else ()
