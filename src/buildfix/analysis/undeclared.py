"""What a setup.py imports and nobody declares: an isolated build ends at that line."""

from __future__ import annotations

from collections.abc import Collection

from packaging.utils import canonicalize_name

from buildfix.analysis.python.parsed import imported_always, parse
from buildfix.analysis.survey import Survey

_SETUP = "setup.py"
_BRING_NOTHING = frozenset({"setuptools", "wheel", "pip"})
"""Build requirements that have no dependencies of their own which a setup.py could import."""


def note_undeclared(survey: Survey, distributions: Collection[str]) -> None:
    """Note the modules that setup.py imports before all else and that nothing brings.

    Only where the build declares nothing but setuptools and wheel: what others bring along is not
    looked up. An import that hangs on a condition, or is tried, tells nothing.
    """
    declared = {canonicalize_name(name) for name in distributions}
    if not declared <= _BRING_NOTHING:
        return
    modules, names = survey.knowledge.modules, survey.tree.names()
    for module, line in imported_always(parse(survey.tree.text(_SETUP) or "") or []):
        own = f"{module}.py" in names or f"{module}/__init__.py" in names
        brought = canonicalize_name(modules.get(module, "setuptools"))
        if not own and brought not in _BRING_NOTHING:
            survey.notes.add("python-module-missing", module, f"{_SETUP}:{line}", "sure")
