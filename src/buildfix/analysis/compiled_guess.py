"""What is compiled where no build file that is followed says so."""

from __future__ import annotations

import re

from buildfix.analysis.findings import Grade
from buildfix.analysis.survey import Compiled, Survey

ASIDE = re.compile(
    r"(?:^|/)(?:(?:\w+_)?tests?|docs?|examples?|samples?|demos?|benchmarks?|data)/", re.IGNORECASE
)
"""Folders of what no build compiles."""
_SHOWN = re.compile(r"(?:^|/)(?:tests?|docs?|examples?)/", re.IGNORECASE)
_PYTHON = re.compile(r"#\s*include\s*[<\"](?:Python\.h|pybind11/|nanobind/|boost/python)")


def speaks_to_python(survey: Survey, name: str) -> bool:
    """Say whether a file is C or C++ that includes the interpreter's headers."""
    if survey.facts.language_of(name) not in ("c", "cxx") or name.endswith((".pyx", ".i")):
        return False
    return not ASIDE.search(name) and bool(_PYTHON.search(survey.tree.text(name) or ""))


def guess_compiled(survey: Survey) -> None:
    """Note that something may be compiled: no extension was seen, yet C speaks to Python."""
    for name in sorted(survey.tree.names()):
        if speaks_to_python(survey, name):
            grade: Grade = "sure" if survey.binary else "likely"
            survey.notes.add("compiler-missing", str(survey.facts.language_of(name)), name, grade)
            survey.notes.add("python-headers-missing", "Python.h", name, grade)
            survey.sources[name] = Compiled(grade="likely")


def note_cython(survey: Survey) -> None:
    """Note that all of a tree's Cython is compiled, but that of tests, documents and examples."""
    for name in sorted(survey.tree.names()):
        if name.endswith(".pyx") and not _SHOWN.search(name):
            survey.compiled(name, frozenset(), name)
