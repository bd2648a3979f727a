"""Runs one command under the target's Python: `python __main__.py COMMAND QUESTION|WORD...`.

A question is JSON, and so is its answer, the last line of what is printed. Neither this folder nor
the current one is left on `sys.path`, and of buildfix there is `buildfix.target_scripts` and
`buildfix.index` alone: what the target has of that name or of these libraries is not loaded.
"""

import os
import sys
from importlib import import_module

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

FOLDER = os.path.dirname(os.path.abspath(__file__))
PACKAGING = ("packaging.requirements", "packaging.tags", "packaging.utils")
QUESTIONS = {
    "access": (),
    "binary-files": (),
    "direct-urls": (),
    "distributions": (),
    "imports": (),
    "interpreter": (),
    "project-files": PACKAGING,
    "resolution": (*PACKAGING, "resolvelib"),
    "shared-objects": (),
    "tags": ("packaging.tags",),
    "urls": (),
}
"""What answers, each with what it takes of buildfix's own libraries."""
PROGRAMS = ("import-modules", "run-module", "send-signal")
"""What is run with words, and prints what it likes."""


def take_off_path() -> None:
    """Remove this folder from `sys.path`, where Python puts a script's (PYTHONSAFEPATH: not)."""
    if sys.path and os.path.realpath(sys.path[0]) == os.path.realpath(FOLDER):
        del sys.path[0]


def make_known() -> None:
    """Let this package be imported as part of buildfix, of which it needs nothing else."""
    buildfix = type(sys)("buildfix")
    buildfix.__path__ = [os.path.dirname(FOLDER)]
    sys.modules["buildfix"] = buildfix
    sys.dont_write_bytecode = True  # nothing is left behind in anybody's folders


def loaded(command: str) -> "Any":
    """Return the module of a command."""
    return import_module("buildfix.target_scripts." + command.replace("-", "_"))


def main(command: str, *words: str) -> None:
    """Run a command."""
    take_off_path()
    make_known()
    if command in PROGRAMS:
        loaded(command).main(list(words))
        return
    import json

    question = json.loads(words[0])
    if QUESTIONS[command]:
        loaded("libraries").adopt(QUESTIONS[command], question["libraries"])
    print(json.dumps(loaded(command).answer(question)))
    sys.stdout.flush()
    os._exit(0)  # what was fetched ahead in vain is not waited for


if __name__ == "__main__":
    main(*sys.argv[1:])
