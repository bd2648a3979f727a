"""Projects that sip builds: bindings whose C++ it generates from .sip files.

Sources: sip's documentation, "The Structure of a Project"; PyQt-builder's, whose builder runs the
`qmake` of Qt and then `make`.
"""

from __future__ import annotations

import re

from buildfix.analysis.downloads import fetched_by_script
from buildfix.analysis.probe_environment import Probe
from buildfix.analysis.pyproject import Project
from buildfix.analysis.source_format import SourceFormat
from buildfix.analysis.survey import Survey
from buildfix.analysis.toml_text import table, texts

_PROJECT = "pyproject.toml"
_QT_BUILDER = "pyqt-builder"
_QT = re.compile(r"(?i)\b(?:py)?qt([56])\b")
_NAMING = ("name", "requires-dist")
"""The metadata that name the Qt that the bindings are for."""


def _read(survey: Survey, project: Project) -> tuple[str, ...]:
    survey.compiles("cxx", _PROJECT)
    if _QT_BUILDER in project.build_names:
        script = survey.tree.text("project.py") or ""
        metadata = table(project.tool, "sip", "metadata")
        named = " ".join(str(metadata.get(key, "")) for key in _NAMING)
        named = " ".join((named, project.name, *project.requires))
        qt = _QT.search(named) or _QT.search(script)
        version = qt[1] if qt else "5"
        survey.tool("qmake6" if version == "6" else "qmake", _PROJECT, "sure")
        _note_modules(survey, project, version)
        survey.tool("make", _PROJECT, "sure")
        survey.downloads.update(dict.fromkeys(fetched_by_script(script, "project.py")))
    return ()


def _note_modules(survey: Survey, project: Project, version: str) -> None:
    """Note the modules of Qt that the bindings add to what qmake links anyway."""
    for binding in table(project.tool, "sip", "bindings").values():
        for module in texts(binding.get("qmake-QT")) if isinstance(binding, dict) else ():
            probe = Probe("cmake-package-missing", f"Qt{version}{module}", where=_PROJECT)
            if survey.knows(probe):
                survey.probe(probe, "sure")


FORMAT = SourceFormat(("sipbuild",), _read, "sip")
