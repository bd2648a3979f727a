"""What a match names, as the contract spells it, whatever the path or the case in the log."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from buildfix.catalog.readings import ReadingWords
from buildfix.catalog.schema import CausePattern
from buildfix.core import CAUSE_KINDS
from buildfix.dependency_kinds import KINDS
from buildfix.diagnosis.logs.margins import clean
from buildfix.diagnosis.logs.tolerance import search

LINES_BEFORE = 12
"""In how many lines before one the name is looked for that it lacks."""
LINES_THEN = 3
"""In how many lines after one the rest of what it says is looked for."""

_BUILD_FOLDERS = re.compile(
    r"^.*[\\/](?:pip-(?:install|req-build|build|resolve|wheel)-[^\\/]+[\\/](?!overlay[\\/])[^\\/]+"
    r"|pip-req-build-[^\\/]+|pip-[\w.]+-build"
    r"|(?:sdists-v\d+|built-wheels-v\d+)[\\/].*?[\\/]src"
    r"|easy_install-[^\\/]+[\\/][^\\/]+|\.?tmp[\w.-]+|site-packages|dist-packages)[\\/](?=\S)"
)
"""Where installers unpack sources: the rest of a path is the file's in the source."""
_ESCAPED = re.compile(r"^(?:[A-Za-z]:)?\\\\")
_C = frozenset({"c", "cxx"})
_MACHINES = frozenset({"X86", "X64", "ARM", "ARM64"})
"""As linkers write them."""
_GNU = re.compile(r"gcc|g\+\+|clang|mingw|msys|cygwin", re.IGNORECASE)
_UNKNOWN_PART = re.compile(r"\b(?:toolkit|torch) (?=,|$),? ?")
"""What is left of a version that is not in the log."""


def spelled(
    words: ReadingWords | None,
    kind: str,
    subject: str,
    line: str,
    facts: Mapping[str, str],
    preceding: Sequence[str] = (),
) -> tuple[str, str]:
    """Return kind and subject in the contract's form; a missing subject is looked for.

    `words` are those of the kind: where else the subject stands, and how it is spelled.
    """
    if words and not words.is_subject(subject):
        subject = words.implied_by(line, preceding, facts)
    subject = subject or "-"
    if _ESCAPED.match(subject):
        subject = subject.replace("\\\\", "\\")
    if words:
        subject = words.spelled(subject)
    if subject in _MACHINES:
        subject = subject.lower()
    if kind == "source-error":
        return kind, _in_source(subject, facts.get("root", ""))
    if kind == "compiler-missing" and subject in _C:
        return kind, _compiler_of(subject, line, facts)
    return kind, subject


def _compiler_of(language: str, line: str, facts: Mapping[str, str]) -> str:
    """Return what provides a compiler of C or C++ on the system of a log."""
    if facts.get("windows"):
        return language if _GNU.search(line) else "msvc"
    return "xcode" if facts.get("macos") and not facts.get("linux") else language


def _in_source(path: str, root: str) -> str:
    """Return a file's path in its source."""
    if root and path.startswith(root):
        return path[len(root) :].lstrip("\\/") or path
    return _BUILD_FOLDERS.sub("", path) or path


def words_of(
    recipe: CausePattern,
    match: re.Match[str],
    context: re.Match[str] | None,
    following: Sequence[str],
    facts: Mapping[str, str],
) -> tuple[tuple[str, ...], str | None]:
    """Return the subjects of a match, and what is required; unknown values are blank.

    What the line does not name may come from the match of its context, or from a fact.
    """
    groups = _Blank({**facts, **_groups(context), **_groups(match)})
    groups.update(_groups(what_follows(recipe, following)))
    subjects = (text.format_map(groups) for text in (recipe.subject, *recipe.further))
    required = (recipe.required or "").format_map(groups) or None
    return tuple(_UNKNOWN_PART.sub("", one) for one in subjects), required


def what_follows(recipe: CausePattern, following: Sequence[str]) -> re.Match[str] | None:
    """Return where the lines after one say what a recipe looks for there."""
    lines = " ".join(map(clean, following[:LINES_THEN]))
    return search(recipe.then, lines) if recipe.then else None


class _Blank(dict[str, str]):
    """Missing values are blank."""

    def __missing__(self, key: str) -> str:
        return ""


def _groups(match: re.Match[str] | None) -> dict[str, str]:
    return match.groupdict("") if match else {}


def kind_and_subject(text: str, kind: str) -> tuple[str, str]:
    """Return the parts of `kind:subject`, or a bare subject with its recipe's kind."""
    own, colon, subject = text.partition(":")
    known = own in CAUSE_KINDS or own in KINDS
    return (own, subject) if colon and known else (kind, text or "-")
