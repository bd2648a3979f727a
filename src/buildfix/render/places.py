"""Where something is installed, in the words of the person at this machine."""

from __future__ import annotations

import os
from pathlib import PurePath

from buildfix.core import CreateEnvironment, Plan

_PROGRAMS = frozenset({"bin", "Scripts"})


def place_words(plan: Plan) -> str:
    """Return the target of a plan: `./.venv (Python 3.13)`."""
    python = plan.host.interpreter
    made = any(isinstance(step, CreateEnvironment) for step in plan.steps)
    own = made or (python is not None and python.prefix != python.base_prefix)
    path = plan.target or plan.host.python
    release = f" (Python {python.release})" if python else ""
    return f"{folder_words(path) if own else path}{release}"


def folder_words(python: str) -> str:
    """Return the folder of a virtual environment, from its interpreter's path."""
    path = PurePath(python)
    folder = path.parent.parent if path.parent.name in _PROGRAMS else path
    if folder.is_absolute():
        return short_path(str(folder))
    return str(PurePath(folder)) if folder.parts[:1] == ("..",) else f"./{folder}"


def short_path(path: str) -> str:
    """Return a path from the current folder if it is in it, else with `~` for the home folder."""
    for start, name in ((_current(), "."), (os.path.expanduser("~"), "~")):  # noqa: PTH111
        if start and path.startswith(f"{start}{os.sep}"):
            return f"{name}{path[len(start) :]}"
    return path


def _current() -> str:
    try:
        return os.getcwd()  # noqa: PTH109
    except OSError:
        return ""
