"""Crates that maturin builds."""

from __future__ import annotations

from buildfix.analysis.cargo import read_cargo
from buildfix.analysis.pyproject import Project
from buildfix.analysis.source_format import SourceFormat
from buildfix.analysis.survey import Survey
from buildfix.analysis.toml_text import table, texts


def _read(survey: Survey, project: Project) -> tuple[str, ...]:
    settings = table(project.tool, "maturin")
    manifest = str(settings.get("manifest-path", "Cargo.toml"))
    read_cargo(survey, manifest, texts(settings.get("features")))
    return ()


FORMAT = SourceFormat(("maturin",), _read, "maturin")
