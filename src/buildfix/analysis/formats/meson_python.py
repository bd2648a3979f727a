"""Projects that meson-python builds."""

from __future__ import annotations

from buildfix.analysis.meson import read_meson
from buildfix.analysis.pyproject import Project
from buildfix.analysis.source_format import SourceFormat
from buildfix.analysis.survey import Survey
from buildfix.analysis.toml_text import table, texts


def _read(survey: Survey, project: Project) -> tuple[str, ...]:
    read_meson(survey, texts(table(project.tool, "meson-python", "args").get("setup")))
    return ()


FORMAT = SourceFormat(("mesonpy",), _read, "meson-python", declares=True)
