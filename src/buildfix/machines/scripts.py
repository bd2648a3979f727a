"""Command lines that run `buildfix.target_scripts` under another Python.

A script is run as a file: Python then adds its folder to `sys.path`, never the current one. `-I`
would hide the user's site-packages, where pip may be (PEP 370); `-P` is new in Python 3.11.
"""

from __future__ import annotations

import json
from pathlib import Path

_FOLDER = Path(__file__).parents[1] / "target_scripts"
ENTRY = str(_FOLDER / "__main__.py")
"""The program with all commands that are not steps of a plan."""


def script_argv(python: str, command: str, *words: str) -> tuple[str, ...]:
    """Return the argument vector that runs a command."""
    return (python, ENTRY, command, *words)


def question_argv(python: str, command: str, question: object = None) -> tuple[str, ...]:
    """Return the argument vector that asks a question."""
    return script_argv(python, command, json.dumps(question))


def step_script(name: str) -> str:
    """Return the path of a script for a step; it needs no other file."""
    return str(_FOLDER / "steps" / f"{name}.py")


def fetched_by(argv: tuple[str, ...]) -> str:
    """Return the address of what a step's command line downloads; empty if it is no download."""
    return argv[2] if len(argv) > 2 and argv[1] == step_script("fetch") else ""


def is_step_script(path: str) -> bool:
    """Return whether a path is that of a script for a step."""
    return Path(path).parent == _FOLDER / "steps" and Path(path).is_file()
