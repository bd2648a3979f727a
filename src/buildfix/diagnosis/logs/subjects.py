"""What a match names, as the contract spells it, whatever the path or the case in the log."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from buildfix.catalog.schema import CausePattern
from buildfix.core import CAUSE_KINDS
from buildfix.dependency_kinds import KINDS
from buildfix.diagnosis.logs.margins import clean
from buildfix.diagnosis.logs.tolerance import search

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
_IN_WORDS = frozenset(
    {
        "dependency-missing",
        "library-too-old",
        "library-too-new",
        "compiler-missing",
        "compiler-too-old",
        "compiler-too-new",
    }
)
"""The kinds whose subjects are in lower case, as a log writes them in any."""
_C = frozenset({"c", "cxx"})
_MACHINES = frozenset({"X86", "X64", "ARM", "ARM64"})
"""As linkers write them."""
_GNU = re.compile(r"gcc|g\+\+|clang|mingw|msys|cygwin", re.IGNORECASE)
_NAMED_IN_LINE: Mapping[str, re.Pattern[str]] = {
    "platform-unsupported": re.compile(
        r"(?<![A-Za-z0-9])(arm64e?|aarch64|armv[5-8]\w{0,3}|armhf|x86_64|i[3-6]86|amd64|win32"
        r"|ppc64(?:le)?|s390x|riscv64|loongarch64)(?![A-Za-z0-9])"
    ),
    "permission": re.compile(
        r"['\"]([^'\"]*[\\/][^'\"]*)['\"]"
        r"|(?:^|[\s:])([\w.~]*[\\/][^\s:'\"]+)(?=: [Pp]ermission denied)"
    ),
    "tool-missing": re.compile(r": ['\"]([\w.+-]{1,40})['\"]$"),
    "out-of-memory": re.compile(r"\b(cc1plus|cc1|cicc|nvcc|rustc|cudafe\+\+|ptxas|ld|f951)\b"),
}
"""Where a line names what its pattern does not capture."""
_UNKNOWN_PART = re.compile(r"\b(?:toolkit|torch) (?=,|$),? ?")
"""What is left of a version that is not in the log."""
_SYSTEMS = ("windows", "macos", "linux")
_OWN_FILE = re.compile(
    r"File ['\"](?!<frozen|<pip)"
    r"(?!.*(?:site-packages|dist-packages|[\\/][Ll]ib[\\/]|/lib/python))([^'\"]+)['\"]"
)
"""A file of a traceback that is not a library's."""


def spelled(
    kind: str, subject: str, line: str, facts: Mapping[str, str], preceding: Sequence[str] = ()
) -> tuple[str, str]:
    """Return kind and subject in the contract's form; a missing subject is looked for."""
    if subject in ("", "-"):
        subject = _implied(kind, line, facts, preceding) or "-"
    if _ESCAPED.match(subject):
        subject = subject.replace("\\\\", "\\")
    if kind in _IN_WORDS or subject in _MACHINES:
        subject = subject.lower()
    if kind == "source-error":
        return kind, _in_source(subject, facts.get("root", ""))
    if kind == "compiler-missing" and subject in _C:
        return kind, _compiler_of(subject, line, facts)
    return kind, subject


def _implied(kind: str, line: str, facts: Mapping[str, str], preceding: Sequence[str]) -> str:
    """Return the subject, from a line, those before it, or the system of the log."""
    named = _NAMED_IN_LINE.get(kind)
    match = named.search(line) if named else None
    if match:
        return next(filter(None, match.groups()), "")
    if kind == "platform-unsupported":
        return next((one for one in _SYSTEMS if facts.get(one)), "")
    if kind == "python-unsupported":
        return facts.get("python", "")
    return _own_file(preceding) if kind == "source-error" else ""


def _own_file(preceding: Sequence[str]) -> str:
    """Return the project's own file that a traceback named last."""
    files = (_OWN_FILE.search(one) for one in reversed(preceding))
    return next((found[1] for found in files if found), "").replace("<string>", "setup.py")


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
    if recipe.then:
        then = search(recipe.then, " ".join(map(clean, following[:LINES_THEN])))
        groups.update(_groups(then))
    subjects = (text.format_map(groups) for text in (recipe.subject, *recipe.further))
    required = (recipe.required or "").format_map(groups) or None
    return tuple(_UNKNOWN_PART.sub("", one) for one in subjects), required


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
