"""What is written for Python 2: a module by its syntax, a project by its modules and metadata."""

from __future__ import annotations

import ast
import posixpath
import re
import sys
import warnings
from collections.abc import Iterator

from buildfix.analysis.compiled_guess import ASIDE
from buildfix.analysis.python.parsed import imported_always, parse
from buildfix.analysis.survey import Survey

MAX_READ = 300
"""How many modules of one project are read."""
SETTINGS = ("setup.py", "setup.cfg", "pyproject.toml")
"""Files that tell setuptools what to install, from where."""
_SYNTAX = re.compile(
    r"""^\s*print\s+["'%\w]|^\s*exec\s+["'\w]|\braise\s+[\w.]+\s*,|<>|`"""
    r"""|\bexcept\s+[\w.]+\s*,\s*\w+\s*:|\bexcept\s*\([^)]*\)\s*,\s*\w+\s*:"""
    r"""|(?<![\w.])0[0-7]+(?![\w.])|\b[uU][rR]["']|(?<![\w.])\d+[lL]\b"""
)
_FOR_BOTH = re.compile(r"\b(?:version_info|PY[23]|PYTHON[23]|hexversion|six|2to3)\b")
_CLAIMS_3 = re.compile(
    r"(?m)Python :: 3|^universal\s*=|^Requires-Python:|python_requires|py(?:thon)?3"
)
_OF_ONE = re.compile(r"(?:py|python|compat|_)[23]\b")
"""Names of folders and modules for one of the two, such as `py3` and `_compat2`."""


def python_2_line(text: str) -> int | None:
    """Return the line with which a text is Python 2 and no Python 3; None for all others."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            ast.parse(text)
    except SyntaxError as error:
        lines = text.splitlines()
        number = error.lineno or 0
        around = lines[max(number - 1, 0) : number]
        return number if any(map(_SYNTAX.search, around)) else None
    except (ValueError, RecursionError, MemoryError):
        pass
    return None


def python_2_place(survey: Survey) -> str | None:
    """Return the file and line that show a whole project to be for Python 2 only.

    That takes a package with a module of Python 2, no word of Python 3 in the metadata, and no
    module that distinguishes the two.
    """
    texts = (survey.tree.text(one) or "" for one in ("PKG-INFO", *SETTINGS))
    if any(_CLAIMS_3.search(one) or _FOR_BOTH.search(one) for one in texts):
        return None
    place = None
    for file in list(_installed(survey))[:MAX_READ]:
        text = survey.tree.text(file) or ""
        if _FOR_BOTH.search(text) or _OF_ONE.search(file):
            return None
        line = None if place else python_2_line(text) or implicit_import(survey, file, text)
        place = f"{file}:{line}" if line else place
    return place


def _installed(survey: Survey) -> Iterator[str]:
    """Yield the modules of the tree's packages, without tests and examples."""
    names = survey.tree.names()
    packages = {posixpath.dirname(one) for one in names if one.endswith("__init__.py")}
    for name in sorted(one for one in names if one.endswith(".py") and one not in SETTINGS):
        if posixpath.dirname(name) in packages and not ASIDE.search(name):
            yield name


def implicit_import(survey: Survey, file: str, text: str) -> int | None:
    """Return the line of a package that imports a module beside it as if it were on the path.

    None if the package, or setup.py, changes the path: it may be there.
    """
    changed = any("sys.path" in one for one in (text, survey.tree.text("setup.py") or ""))
    if changed or posixpath.basename(file) != "__init__.py":
        return None
    folder = posixpath.dirname(file)
    for module, line in imported_always(parse(text) or []):
        names, plain = survey.tree.names(), f"{module}.py"
        beside = posixpath.join(folder, plain) in names and not (folder and plain in names)
        if beside and module not in sys.stdlib_module_names and module not in survey.required_names:
            return line
    return None
