"""Projects that meson-python builds."""

from __future__ import annotations

from buildfix.analysis.meson import read_meson
from buildfix.analysis.pyproject import Project
from buildfix.analysis.source_format import SourceFormat
from buildfix.analysis.survey import Survey
from buildfix.analysis.toml_text import table, texts


def _read(survey: Survey, project: Project) -> tuple[str, ...]:
    arguments = texts(table(project.tool, "meson-python", "args").get("setup"))
    read_meson(survey, (*arguments, *survey.surroundings.told("setup-args")))
    return ()


FORMAT = SourceFormat(("mesonpy",), _read, "meson-python", declares=True)
