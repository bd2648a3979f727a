"""The least version of a library that a setup.py takes, where it has that as a constant."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace

from buildfix.analysis.archive import SourceTree
from buildfix.analysis.findings import Finding
from buildfix.catalog import Knowledge
from buildfix.catalog.schema import Capability

_NAMED = r"\b(?:{name}(?:_\w*?)?_?(?:MIN|REQUIRED)\w*|(?:MIN|MINIMUM|REQUIRED)_{name}(?:_\w*)?)"
_VALUE = r"\s*=\s*[(\"']\s*(?P<version>\d+(?:\s*[.,]\s*\d+)*)"
_LINKED = frozenset({"library-missing", "header-missing", "pkgconfig-missing"})


def with_minimums(
    findings: Iterable[Finding], tree: SourceTree, knowledge: Knowledge
) -> Iterator[Finding]:
    """Yield findings, those of libraries with the version that setup.py asks for besides."""
    setup = tree.text("setup.py") or ""
    for finding in findings:
        need = finding.need
        told = need.kind in _LINKED and need.required is None and setup
        owner = knowledge.capability(need.kind, need.subject) if told else None
        minimum = minimum_of(setup, owner) if owner else None
        yield replace(finding, need=replace(need, required=minimum)) if minimum else finding


def minimum_of(setup: str, capability: Capability) -> str | None:
    """Return what a setup.py's constant says of a library.

    As `PROJ_MIN_VERSION = (9, 4, 0)` or `MIN_CAIRO_VERSION = "1.13.1"`.
    """
    detectors = capability.detectors
    for word in (*detectors.get("words", ()), *detectors.get("pkgconfig", ())):
        name = re.escape(re.sub(r"\W", "_", word))
        match = re.search(_NAMED.format(name=name) + _VALUE, setup, re.IGNORECASE)
        if match:
            return ">=" + re.sub(r"\s*[.,]\s*", ".", match["version"])
    return None
