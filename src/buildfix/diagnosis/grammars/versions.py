"""Sentences in which something is too old or too new."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import NamedTuple

from buildfix.catalog.grammars import Tells, part_of
from buildfix.diagnosis.grammars.vocabulary import Vocabulary

_PYTHON = re.compile(
    r"^(?:(?:configured|current|this|your|installed) )*(?:c?python|pypy|graalpy)3?"
    r"(?: interpreter)?(?: version)?$",
    re.IGNORECASE,
)
_INSTALLERS = frozenset({"pip", "setuptools", "wheel"})
"""What every build environment has: only their version can be wrong."""
_KINDS: Mapping[str, tuple[str, str]] = {
    "compiler-missing": ("compiler-too-old", "compiler-too-new"),
    "tool-missing": ("tool-too-old", "tool-too-new"),
    "dependency-missing": ("library-too-old", "library-too-new"),
    "python-module-missing": ("build-requirement-incompatible", "build-requirement-incompatible"),
    "cuda-missing": ("compiler-too-old", "compiler-too-new"),
}
"""What the absence of a thing becomes if it is too old, and if it is too new."""


class Thing(NamedTuple):
    """What a sentence is about, by the kind of cause that it is."""

    kind: str
    subject: str
    required: str | None


def wrong_version(
    tells: Tells, match: re.Match[str], vocabulary: Vocabulary, facts: Mapping[str, str]
) -> Thing | None:
    """Return the thing that a form names, and what is required of it; None if nobody knows it."""
    newer = tells == "too-new"
    required = _required(part_of(match, "version"), newer, match[0])
    thing = part_of(match, "thing").strip(" '")
    if _PYTHON.match(thing):
        found = ".".join(part_of(match, "found").split(".")[:2])
        return Thing("python-unsupported", found or facts.get("python") or "-", required)
    if thing.lower() in _INSTALLERS:
        return Thing("build-requirement-incompatible", thing.lower(), required)
    named = vocabulary.named(thing)
    kinds = _KINDS.get(named[0][0]) if len(named) == 1 else None
    if kinds is None:
        return None
    kind, subject = named[0]
    return Thing(kinds[newer], "cuda" if kind == "cuda-missing" else subject, required)


def _required(version: str, newer: bool, text: str) -> str | None:
    """Return a version as a specifier, in the direction of the sentence."""
    version = version.rstrip(".+")
    if not version:
        return None
    if not newer:
        return f">={version}"
    inclusive = re.search(r"maximum|up to|at most|<=|supported version", text)
    return f"<={version}" if inclusive else f"<{version}"
