"""What this interpreter says of itself."""

import importlib.util
import os
import sys
import sysconfig

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Optional

    from buildfix.target_scripts.answers import InterpreterFacts

NAMES = {"cpython": "CPython", "pypy": "PyPy", "graalpy": "GraalVM"}


def answer(_: object) -> "InterpreterFacts":
    """Return the facts of this interpreter."""
    virtual = sys.prefix != sys.base_prefix
    include = sysconfig.get_path("include", vars={"installed_base": sys.base_prefix})
    marker = os.path.join(sysconfig.get_path("stdlib"), "EXTERNALLY-MANAGED")
    return {
        "path": sys.executable,
        "version": sys.version.split()[0].rstrip("+"),
        "implementation": NAMES.get(sys.implementation.name, sys.implementation.name),
        "prefix": sys.prefix,
        "base_prefix": sys.base_prefix,
        "include": include,
        "has_headers": os.path.isfile(os.path.join(include, "Python.h")),
        "externally_managed": not virtual and os.path.isfile(marker),
        "pip": pip_version(),
        "platlib": sysconfig.get_path("platlib"),
        "conda": os.path.isdir(os.path.join(sys.base_prefix, "conda-meta")),
        "site": [one for one in sys.path if one.endswith(("site-packages", "dist-packages"))],
        "can_make_venv": bool(importlib.util.find_spec("ensurepip")),
    }


def pip_version() -> "Optional[str]":
    """Return pip's version, read from its source: importlib.metadata is slow."""
    found = importlib.util.find_spec("pip")
    if found is None or not found.origin:
        return None
    with open(found.origin, encoding="utf-8") as file:
        for line in file:
            if line.startswith("__version__"):
                return line.split("=")[1].strip().strip("\"'")
    return "0"
