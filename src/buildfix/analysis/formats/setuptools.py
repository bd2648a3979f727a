"""Projects that setuptools builds, by setup.py or by tables; and all whose backend is unknown."""

from __future__ import annotations

import re
from typing import Any

from buildfix.analysis.cargo import read_cargo
from buildfix.analysis.compiled_guess import guess_compiled, note_cython
from buildfix.analysis.downloads import fetched_by_script
from buildfix.analysis.pyproject import Project, names_of, note_extension_tables
from buildfix.analysis.python.config import read_config
from buildfix.analysis.setup_py import read_backend, read_helpers, read_script, read_setup
from buildfix.analysis.source_format import SourceFormat
from buildfix.analysis.survey import Survey
from buildfix.analysis.toml_text import table
from buildfix.analysis.undeclared import note_dropped, note_undeclared, note_ungenerated

_COMPILES = re.compile(r"\b(?:subprocess|cythonize|ext_modules|Extension|which)\b")
"""Words of a script that may compile."""


def _read(survey: Survey, project: Project) -> tuple[str, ...]:
    more: tuple[str, ...] = ()
    survey.by_setuptools = True
    for manifest in note_extension_tables(survey, project.tool):
        read_cargo(survey, manifest)
    if "setup.py" in survey.tree.names():
        text = survey.tree.text("setup.py") or ""
        survey.downloads.update(dict.fromkeys(fetched_by_script(text, "setup.py")))
        note_dropped(survey, project.build_requires)
        note_undeclared(survey, project.build_names)
        more = read_setup(survey, {*project.build_names, "setuptools", "wheel"})
        survey.brought = survey.facts.among(project.build_names | names_of(more))
        note_ungenerated(survey, project.build_names | names_of(more))
    elif script := _script(project):
        survey.downloads.update(
            dict.fromkeys(fetched_by_script(survey.tree.text(script) or "", script))
        )
        read_script(survey, script, {*project.build_names, "setuptools"})
    elif project.backend_path and not survey.languages:
        _read_own_backend(survey, project)
    elif _is_helped(survey, project):
        read_helpers(survey, project.build_names)
    if not survey.languages:
        guess_compiled(survey)
        unseen = survey.hands_on or _is_unknown(project)
        survey.understood &= not (survey.sources and unseen)
        hook = survey.tree.text(_pdm_hook(project)) or ""
        survey.understood &= _COMPILES.search(hook) is None
    return more


def _script(project: Project) -> str:
    """Return the script that poetry runs to compile; empty if it has none."""
    build: Any = table(project.tool, "poetry").get("build")
    return str(build.get("script", "") if isinstance(build, dict) else build or "")


def _pdm_hook(project: Project) -> str:
    """Return the script whose functions pdm's backend calls; nobody follows them.

    Source: pdm-backend's documentation of build hooks.
    """
    if not project.backend.startswith("pdm"):
        return ""
    return str(table(project.tool, "pdm", "build").get("custom-hook", "pdm_build.py"))


def _is_unknown(project: Project) -> bool:
    """Say whether nobody knows what a project's backend compiles."""
    return bool(project.backend) and not project.backend.startswith(FORMAT.backends)


def _is_helped(survey: Survey, project: Project) -> bool:
    """Say whether extension-helpers is told to find the extensions, where no setup.py does."""
    told: Any = table(project.tool, "extension-helpers")
    told = told or read_config(survey.tree.text("setup.cfg")).get("extension-helpers", {})
    return str(told.get("use_extension_helpers")).lower() == "true"


def _read_own_backend(survey: Survey, project: Project) -> None:
    """Note what a backend of the tree's own needs: that of all Cython, where it does not tell."""
    read_backend(survey, project.backend, project.backend_path, project.build_names)
    if not survey.languages:
        note_cython(survey)


FORMAT = SourceFormat(("setuptools", "pdm", "poetry"), _read)
