"""Calls of programs that import nothing from the current folder.

`python -m` puts the current folder first on `sys.path`, and an empty or relative entry of
PYTHONPATH does the same: a `json.py` that lies there would run.
"""

from __future__ import annotations

import itertools
import os
from collections.abc import Mapping, Sequence
from pathlib import Path

from buildfix.machines.scripts import script_argv

_MODULES = frozenset({"pip", "venv"})
_ISOLATED = frozenset({"ensurepip"})
"""It passes `-I` on to the `python -c` that it starts itself, and uses no user's site-packages."""

_FOLDERS = ("PYTHONPATH", "PYTHONHOME", "PYTHONUSERBASE", "PYTHONPYCACHEPREFIX")
"""Variables that say where modules are (https://docs.python.org/3/using/cmdline.html)."""


def safe_call(
    argv: Sequence[str], environ: Mapping[str, str]
) -> tuple[Sequence[str], dict[str, str]]:
    """Return what is to be run in place of `argv` and of the variables in `environ`.

    `python -m pip`, which people know and may copy, is run without the current folder, also behind
    other programs (`sudo env python -m pip`).
    """
    return _as_script(argv), _without_current_folder(environ)


def _as_script(argv: Sequence[str]) -> Sequence[str]:
    """Return a call of a module as one of a script that runs it."""
    for at, (option, module) in enumerate(itertools.pairwise(argv[1:])):
        if option == "-m" and module in _MODULES:
            return (*argv[:at], *script_argv(argv[at], "run-module", *argv[at + 2 :]))
        if option == "-m" and module in _ISOLATED:
            return (*argv[: at + 1], "-I", *argv[at + 1 :])
    return argv


def _without_current_folder(environ: Mapping[str, str]) -> dict[str, str]:
    """Return variables in which no folder of modules is the current one or relative to it."""
    variables = dict(environ)
    try:
        here = os.path.realpath(os.curdir)
    except OSError:  # the folder is gone
        here = ""
    for name in _FOLDERS:
        if name in variables:
            kept = [
                entry
                for entry in variables[name].split(os.pathsep)
                if Path(entry).is_absolute() and os.path.realpath(entry) != here
            ]
            variables[name] = os.pathsep.join(kept)
            if not kept:
                del variables[name]
    return variables
