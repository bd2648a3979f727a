"""CMake projects that cmeel builds.

Source: cmeel's implementation, which runs `cmake` with its default generator, and reads `source`.
"""

from __future__ import annotations

from buildfix.analysis.cmake import read_cmake
from buildfix.analysis.pyproject import Project
from buildfix.analysis.source_format import SourceFormat
from buildfix.analysis.survey import Survey
from buildfix.analysis.toml_text import table


def _read(survey: Survey, project: Project) -> tuple[str, ...]:
    folder = str(table(project.tool, "cmeel").get("source", "."))
    read_cmake(survey, "" if folder == "." else folder, {})
    if not survey.surroundings.is_windows:
        survey.tool("make", "CMakeLists.txt", "sure")
    return ()


FORMAT = SourceFormat(("cmeel",), _read, declares=True)
