"""What is compiled where no build file that is followed says so."""

from __future__ import annotations

import re

from buildfix.analysis.findings import Grade
from buildfix.analysis.survey import Compiled, Survey

_APART = re.compile(
    r"(?:^|/)(?:tests?|docs?|examples?|samples?|demos?|benchmarks?|data)/", re.IGNORECASE
)


def guess_compiled(survey: Survey) -> None:
    """Note that something may be compiled: no extension was seen, yet C speaks to Python."""
    for name in sorted(survey.tree.names()):
        if (
            _APART.search(name)
            or survey.facts.language_of(name) not in ("c", "cxx")
            or name.endswith((".pyx", ".i"))
        ):
            continue
        if re.search(r"#\s*include\s*[<\"]Python\.h", survey.tree.text(name) or ""):
            grade: Grade = "sure" if survey.binary else "likely"
            survey.notes.add("compiler-missing", str(survey.facts.language_of(name)), name, grade)
            survey.notes.add("python-headers-missing", "Python.h", name, grade)
            survey.sources[name] = Compiled(grade="likely")
