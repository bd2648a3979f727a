"""What a project's [external] table asks for (PEP 725): DepURLs with versions and markers."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import unquote

from packaging.markers import InvalidMarker, Marker
from packaging.specifiers import InvalidSpecifier, SpecifierSet

from buildfix.analysis.findings import Grade
from buildfix.analysis.survey import Survey
from buildfix.analysis.toml_text import table, texts

_BUILD = ("build-requires", "host-requires", "build-host-requires")
"""The last one is what a draft of PEP 725 called `host-requires`."""
_DEP_URL = re.compile(
    r"(?P<id>dep:[^@?#;\s]{1,200})(?:@(?P<version>[^?#;]{1,100}))?(?:[?#][^;\s]{0,200})?"
    r"\s{0,20}(?:;(?P<marker>.{1,500}))?"
)


def note_external(survey: Survey, external: dict[str, Any]) -> None:
    """Note what the build and the run need; groups for the build are optional.

    What runs with an extra or belongs to a dependency group is none of the build's needs.
    """
    for key in _BUILD:
        for text in texts(external.get(key)):
            _note(survey, "build", text, "sure")
        for group in table(external, f"optional-{key}").values():
            for text in texts(group):
                _note(survey, "build", text, "optional")
    for text in texts(external.get("dependencies")):
        _note(survey, "run", text, "sure")


def _note(survey: Survey, kind: str, text: str, grade: Grade) -> None:
    """Note a need by our id; one that no recipe knows keeps its own, so that the plan names it."""
    found = _DEP_URL.fullmatch(text.strip())
    if found is None or not _applies(found["marker"], survey):
        return
    if found["id"].startswith("dep:pypi/"):
        return  # what PyPI has is among the build requirements
    capability = survey.knowledge.identified(found["id"])
    if capability is None and grade == "optional":
        return
    identifier = capability.id if capability else found["id"]
    survey.notes.add(kind, identifier, "pyproject.toml", grade, _required(found["version"]))


def _required(version: str | None) -> str | None:
    """Return the version as a requirement; one without an operator means itself.

    None for what is no version: nothing else may stand behind a name that is installed.
    """
    text = unquote(version or "").replace(" ", "")
    text = f"=={text}" if text[:1].isdigit() else text
    try:
        return str(SpecifierSet(text)) and text
    except InvalidSpecifier:
        return None


def _applies(marker: str | None, survey: Survey) -> bool:
    if not marker:
        return True
    try:
        return Marker(marker).evaluate(survey.surroundings.markers())
    except InvalidMarker:
        return True
