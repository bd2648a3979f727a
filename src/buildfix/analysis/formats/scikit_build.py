"""CMake projects that scikit-build-core or py-build-cmake builds."""

from __future__ import annotations

from buildfix.analysis.cmake import defined_by, read_cmake
from buildfix.analysis.pyproject import Project
from buildfix.analysis.source_format import SourceFormat
from buildfix.analysis.survey import Survey
from buildfix.analysis.toml_text import table, texts

_DEFINE = "cmake.define."


def _read(survey: Survey, project: Project) -> tuple[str, ...]:
    settings = table(project.tool, "scikit-build")
    folder = str(table(settings, "cmake").get("source-dir", "."))
    defined = {"SKBUILD": "2", "SKBUILD_PROJECT_NAME": project.name}
    given = {**table(settings, "cmake", "define"), **table(settings, "cmake.define")}
    for name, value in given.items():
        if isinstance(value, dict):
            value = value.get("default", "")
        defined[name] = "ON" if value is True else "OFF" if value is False else str(value)
    told = survey.surroundings.told
    arguments = texts(table(settings, "cmake").get("args") or settings.get("cmake.args"))
    more = (word for text in told("cmake.args") for word in text.split(";"))
    defined.update(defined_by((*arguments, *told("CMAKE_ARGS"), *more)))
    for key, value in survey.surroundings.settings:
        if key.startswith(_DEFINE):
            defined[key.removeprefix(_DEFINE)] = value
    read_cmake(survey, "" if folder == "." else folder, defined)
    return ()


FORMAT = SourceFormat(
    ("scikit_build_core", "py_build_cmake"), _read, "scikit-build-core", declares=True
)
