"""How this program was started, for hints that name a command to type."""

from __future__ import annotations

import os
import shlex
import shutil
import sys
from collections.abc import Sequence
from functools import cache
from pathlib import Path

STARTED_AS = "BUILDFIX_STARTED_AS"
"""A variable with the command, set by what starts buildfix on another machine."""
_NAME = "buildfix"


def own_command(*words: str) -> str:
    """Return a command line of this program, as it must be typed here."""
    return " ".join((os.environ.get(STARTED_AS) or _program(), *words))


@cache
def _program() -> str:
    return started_as(sys.orig_argv, len(sys.argv) - 1)


def started_as(argv: Sequence[str], arguments: int) -> str:
    """Return the program's part of an interpreter's command line that ends with its arguments.

    It is `buildfix` if that is found on PATH, and if buildfix is used as a library.
    """
    start = list(argv[: len(argv) - arguments])
    if start[-2:] == ["-m", _NAME]:
        return f"{_typed(start[0])} -m {_NAME}"
    script = start[-1] if len(start) > 1 else ""
    if Path(script).stem != _NAME:
        return _NAME
    if Path(script).suffix == ".pyz" and not os.access(script, os.X_OK):
        return f"{_typed(start[0])} {shlex.quote(script)}"
    return _typed(script if os.sep in script else f".{os.sep}{script}")


def _typed(path: str) -> str:
    """Return a program as a person types it: its name, if PATH leads to it.

    What uv put on PATH for this one process does not count.
    """
    name = Path(path).name
    found = shutil.which(name)
    by_name = found is not None and os.path.realpath(found) == os.path.realpath(path)
    return name if by_name and not os.environ.get("UV") else shlex.quote(path)
