"""Projects whose hatchling hooks compile, whatever they do it by."""

from __future__ import annotations

from buildfix.analysis.compiled_guess import guess_compiled, note_cython
from buildfix.analysis.pyproject import Project
from buildfix.analysis.source_format import SourceFormat
from buildfix.analysis.survey import Survey
from buildfix.analysis.toml_text import read_toml, table


def _read(survey: Survey, project: Project) -> tuple[str, ...]:
    own = read_toml(survey.tree.text("hatch.toml"))
    build = {**table(project.tool, "hatch", "build"), **table(own, "build")}
    hooks = {**table(build, "hooks"), **table(build, "targets", "wheel", "hooks")}
    if hooks:
        survey.understood = "custom" not in hooks
        survey.binary = True
        guess_compiled(survey)
        if "cython" in hooks:
            note_cython(survey)
        if "mypyc" in hooks:  # compiles what is written in Python
            survey.compiles("c", "pyproject.toml")
    return ()


FORMAT = SourceFormat(("hatchling",), _read, hands_on=True)
