"""The form of a subject: as the contract spells it, whatever the path or the case in the log."""

from __future__ import annotations

import re
from collections.abc import Mapping

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


def spelled(kind: str, subject: str, line: str, facts: Mapping[str, str]) -> tuple[str, str]:
    """Return kind and subject in the contract's form."""
    if _ESCAPED.match(subject):
        subject = subject.replace("\\\\", "\\")
    if kind in _IN_WORDS or subject in _MACHINES:
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
