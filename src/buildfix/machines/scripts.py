"""How scripts of buildfix's own are started under another Python: `buildfix.target_scripts`.

They are run as the files that they are: Python then puts their folder on `sys.path`, never the
current one. `-I` is no answer, because it hides the user's site-packages, where pip may be
(PEP 370); `-P` exists from Python 3.11 on only.
"""

from __future__ import annotations

import json
from pathlib import Path

_FOLDER = Path(__file__).parents[1] / "target_scripts"
ENTRY = str(_FOLDER / "__main__.py")
"""What runs the commands that no plan shows."""


def script_argv(python: str, command: str, *words: str) -> tuple[str, ...]:
    """Return the argument vector by which an interpreter runs one of the commands."""
    return (python, ENTRY, command, *words)


def question_argv(python: str, command: str, question: object = None) -> tuple[str, ...]:
    """Return the argument vector by which an interpreter answers a question."""
    return script_argv(python, command, json.dumps(question))


def step_script(name: str) -> str:
    """Return the path of a script that a step runs; it needs no other file."""
    return str(_FOLDER / "steps" / f"{name}.py")


def is_step_script(path: str) -> bool:
    """Say whether a path is that of a script that a step runs."""
    return Path(path).parent == _FOLDER / "steps" and Path(path).is_file()
