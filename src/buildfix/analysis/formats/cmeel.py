"""CMake projects that cmeel builds.

Source: cmeel's implementation, which runs `cmake` with its default generator, and reads `source`.
Its distributions have the libraries that they are called after, with their CMake packages.
"""

from __future__ import annotations

from collections.abc import Iterator

from buildfix.analysis.cmake import read_cmake
from buildfix.analysis.facts import Brought
from buildfix.analysis.pyproject import Project
from buildfix.analysis.source_format import SourceFormat
from buildfix.analysis.survey import Survey
from buildfix.analysis.toml_text import table


def _read(survey: Survey, project: Project) -> tuple[str, ...]:
    survey.brought = survey.brought.with_more(Brought(modules=frozenset(_libraries(project))))
    folder = str(table(project.tool, "cmeel").get("source", "."))
    read_cmake(survey, "" if folder == "." else folder, {})
    if not survey.surroundings.is_windows:
        survey.tool("make", "CMakeLists.txt", "sure")
    return ()


def _libraries(project: Project) -> Iterator[str]:
    """Yield the CMake packages of libraries that build requirements bring: cmeel-tinyxml2."""
    for name in project.build_names:
        _, prefix, library = name.rpartition("cmeel-")
        if prefix:
            yield from (library, library.replace("-", "_"))


FORMAT = SourceFormat(("cmeel",), _read, declares=True)
