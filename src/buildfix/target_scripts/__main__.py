"""Runs one command under the target's Python: `python __main__.py COMMAND QUESTION|WORD...`.

Questions and answers are JSON; an answer is the last line of the output. Neither this folder nor
the current one stays on `sys.path`. Of buildfix, only this package and `buildfix.index` can be
imported, even if the target has another buildfix.
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
    "crates": (),
    "direct-urls": (),
    "distributions": (),
    "distributions-imported": (),
    "hosts": (),
    "imports": (),
    "interpreter": (),
    "project-files": PACKAGING,
    "resolution": (*PACKAGING, "resolvelib"),
    "shared-objects": (),
    "tags": ("packaging.tags",),
    "urls": (),
}
"""Commands that answer questions, each with what it imports of buildfix's own libraries."""
PROGRAMS = ("import-modules", "run-module", "send-signal")
"""Commands that take words, and whose output is free."""


def take_off_path() -> None:
    """Remove this folder from `sys.path`; Python adds it, unless PYTHONSAFEPATH is set."""
    if sys.path and os.path.realpath(sys.path[0]) == os.path.realpath(FOLDER):
        del sys.path[0]


def make_known() -> None:
    """Make this package importable as a part of buildfix, without the rest of buildfix."""
    buildfix = type(sys)("buildfix")
    buildfix.__path__ = [os.path.dirname(FOLDER)]
    sys.modules["buildfix"] = buildfix
    sys.dont_write_bytecode = True  # no files are left behind


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
    os._exit(0)  # do not wait for what was fetched ahead


if __name__ == "__main__":
    main(*sys.argv[1:])
