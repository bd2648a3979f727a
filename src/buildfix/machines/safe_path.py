"""Calls of Python interpreters that import nothing from the current folder.

`python -c` and `python -m` put the current folder first on `sys.path`, and an empty or relative
entry of PYTHONPATH does the same: a `json.py` that lies there would run. `-I` is no answer, because
it hides the user's site-packages, where pip may be (PEP 370); `-P` exists from Python 3.11 on only.
"""

from __future__ import annotations

import itertools
import os
from collections.abc import Mapping, Sequence
from pathlib import Path

_OURS = "buildfix"
_VARIABLE = "PYTHONSAFEPATH"
_GUARD = (
    "import os, sys; "
    "sys.path[:1] == [''] and sys.path.pop(0); "
    f"os.environ.get('{_VARIABLE}') == '{_OURS}' and os.environ.pop('{_VARIABLE}')\n"
)
"""Both modules are loaded before any of this runs. The variable is for Python 3.13 and later, which
import `linecache` before the first statement of `-c`; it is removed again, because builds would
inherit it, and a setup.py may import what lies beside it."""

_RUN_MODULE = "import runpy; runpy.run_module({!r}, run_name='__main__', alter_sys=True)"
_MODULES = frozenset({"pip", "venv"})
_ISOLATED = frozenset({"ensurepip"})
"""It passes `-I` on to the `python -c` that it starts itself, and uses no user's site-packages."""

_FOLDERS = ("PYTHONPATH", "PYTHONHOME", "PYTHONUSERBASE", "PYTHONPYCACHEPREFIX")
"""Variables that say where modules are (https://docs.python.org/3/using/cmdline.html)."""


def python_script(python: str, source: str, *words: str) -> tuple[str, ...]:
    """Return the argument vector by which an interpreter runs a script given as text.

    `source` may not begin with an import from `__future__`; `words` are its arguments.
    """
    return (python, "-c", _GUARD + source, *words)


def safe_call(
    argv: Sequence[str], environ: Mapping[str, str]
) -> tuple[Sequence[str], dict[str, str]]:
    """Return what is to be run in place of `argv` and of the variables in `environ`.

    `python -m pip`, which people know and may copy, is run without the current folder, also behind
    other programs (`sudo env python -m pip`); so is what `python_script` returned.
    """
    variables = _without_current_folder(environ)
    argv = _as_script(argv)
    at = next((at for at, word in enumerate(argv) if word.startswith(_GUARD)), None)
    if at is None or variables.get(_VARIABLE):
        return argv, variables
    if at == 2:
        return argv, {**variables, _VARIABLE: _OURS}
    before, call = argv[: at - 2], argv[at - 2 :]
    return (*before, "env", f"{_VARIABLE}={_OURS}", *call), variables


def _as_script(argv: Sequence[str]) -> Sequence[str]:
    """Return a call of a module as one of a script that runs it."""
    for at, (option, module) in enumerate(itertools.pairwise(argv[1:])):
        if option == "-m" and module in _MODULES:
            script = python_script(argv[at], _RUN_MODULE.format(module))
            return (*argv[:at], *script, *argv[at + 3 :])
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
