"""Projects that sip builds: bindings whose C++ it generates from .sip files.

Sources: sip's documentation, "The Structure of a Project"; PyQt-builder's, whose builder runs the
`qmake` of Qt and then `make`.
"""

from __future__ import annotations

import re

from buildfix.analysis.downloads import fetched_by_script
from buildfix.analysis.pyproject import Project
from buildfix.analysis.source_format import SourceFormat
from buildfix.analysis.survey import Survey
from buildfix.analysis.toml_text import table

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
        qt = _QT.search(named) or _QT.search(script)
        survey.tool("qmake6" if qt and qt[1] == "6" else "qmake", _PROJECT, "sure")
        survey.tool("make", _PROJECT, "sure")
        survey.downloads.update(dict.fromkeys(fetched_by_script(script, "project.py")))
    return ()


FORMAT = SourceFormat(("sipbuild",), _read, "sip")
