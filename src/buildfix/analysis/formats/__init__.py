"""The formats of sources, one module each: adding one is adding its file here.

A module has a `FORMAT`: the build backends whose projects it reads, and what reads them.
"""

from __future__ import annotations

from functools import cache
from importlib import import_module
from pkgutil import iter_modules

from buildfix.analysis.pyproject import Project
from buildfix.analysis.source_format import SourceFormat

_DEFAULT = "setuptools"


@cache
def formats() -> dict[str, SourceFormat]:
    """Return all formats by the names of their modules."""
    names = sorted(one.name for one in iter_modules(__path__))
    return {name: import_module(f"{__name__}.{name}").FORMAT for name in names}


def format_of(project: Project) -> SourceFormat:
    """Return a project's format: its backend's, or that of what its backend hands on to."""
    backend = project.backend.partition(".")[0].partition(":")[0]
    known = formats().values()
    found = next((one for one in known if backend in one.backends), formats()[_DEFAULT])
    if project.backend_path or found.hands_on:
        return next((one for one in known if one.distribution in project.build_names), found)
    return found
