"""What compiled sources surely use of Python's C API that a Python has removed."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator

from packaging.version import Version

from buildfix.analysis.includes import predefined
from buildfix.analysis.preprocessor import included, surely_compiled
from buildfix.analysis.survey import Survey

_COMPARED = re.compile(
    r"\bPY_(VERSION_HEX|MAJOR_VERSION)\s*(<=|>=|==|!=|<|>)\s*(0[xX][0-9a-fA-F]{1,9}|\d{1,12})[uUlL]*"
)
_NO_CODE = re.compile(r'/\*.*?\*/|//[^\n]*|"(?:\\.|[^"\\\n])*"', re.DOTALL)
_COMPARE = {
    "<": int.__lt__,
    "<=": int.__le__,
    ">": int.__gt__,
    ">=": int.__ge__,
    "==": int.__eq__,
    "!=": int.__ne__,
}
_ASKED = re.compile(r"#[ \t]*ifn?def[ \t]+(\w+)|\bdefined[ \t]*\(?[ \t]*(\w+)")
_OWN_NAME = re.compile(
    r"(?!(?:HAVE|WITH|WITHOUT|USE|SIZEOF|ENABLE|PY|METH|STDC|[A-Z])_|PY)[A-Z][A-Z0-9]*_[A-Z0-9_]*"
    r"(?<!_MAX)(?<!_MIN)"
)
"""A name that a project may give to a setting of its own, other than those of system's headers."""
_DOCUMENTS = (".rst", ".md", "PKG-INFO")
_SOURCES = (".c", ".cc", ".cpp", ".cxx", ".h", ".hh", ".hpp", ".hxx", ".inc")


def removed_names(survey: Survey, text: str) -> Iterator[tuple[str, str, int]]:
    """Yield the removed names in C code, each with the Python that removed it and the line.

    What the tree defines itself, or hangs on a condition that is not known, does not count.
    """
    gone = {
        name: since
        for since, names in survey.facts.python.removed_c.items()
        if survey.python >= Version(since)
        for name in names
    }
    if not gone or not any(name in text for name in gone):
        return
    plain = _NO_CODE.sub(_blank, _COMPARED.sub(lambda one: _compared(survey, one), text))
    found = re.compile(rf"(?<![\w.>])({'|'.join(gone)})\b")
    known = predefined(survey)
    known |= dict.fromkeys(_never_defined(survey, text, known), False)
    for line, part in surely_compiled(plain, known):
        for match in found.finditer(part):
            if not _defines(survey, match[1]):
                yield match[1], gone[match[1]], line + part.count("\n", 0, match.start())


def _never_defined(survey: Survey, text: str, known: dict[str, bool]) -> list[str]:
    """Return the names a source asks for that nothing defines by default.

    They are of the project's own making, no build file names them, and no file of the tree defines
    them. Where a library's headers are included, those might.
    """
    asked = {one[1] or one[2] for one in _ASKED.finditer(text)} - known.keys()
    asked = {name for name in asked if _OWN_NAME.fullmatch(name)}
    if not asked or not _includes_standard_only(survey, text, known):
        return []
    any_of = "|".join(sorted(asked))
    named = re.compile(rf"(?:\b|-D)({any_of})\b")
    defined = re.compile(rf"#[ \t]*define[ \t]+({any_of})\b|-D[ \t]*({any_of})\b")
    for file in (one for one in survey.tree.names() if not one.endswith(_DOCUMENTS)):
        pattern = defined if file.endswith(_SOURCES) else named
        for one in pattern.finditer(survey.tree.text(file) or ""):
            asked -= set(one.groups())
    return sorted(asked)


def _includes_standard_only(survey: Survey, text: str, known: dict[str, bool]) -> bool:
    """Say whether all that a source includes is the tree's own, Python's or the C library's."""
    own: dict[str, list[str]] = {}
    for file in survey.tree.names():
        own.setdefault(posixpath.basename(file), []).append(file)
    pending, seen = [text], set[str]()
    while pending:
        for header, *_ in included(pending.pop(), known, ()):
            files = own.get(posixpath.basename(header), ())
            if not files and not survey.facts.standard_header(header):
                return False
            pending += [survey.tree.text(one) or "" for one in files if one not in seen]
            seen.update(files)
    return True


def _compared(survey: Survey, match: re.Match[str]) -> str:
    """Return 1 or 0 for a comparison of the version of Python that the build has."""
    base = 16 if match[3][:2].lower() == "0x" else 10
    major, minor, micro = (*survey.python.release, 0, 0)[:3]
    version = (
        major if match[1] == "MAJOR_VERSION" else (major << 24 | minor << 16 | micro << 8) + 240
    )
    return str(int(_COMPARE[match[2]](version, int(match[3], base))))


def _blank(match: re.Match[str]) -> str:
    return "\n" * match[0].count("\n") or " "


def _defines(survey: Survey, name: str) -> bool:
    """Say whether a source of the tree defines a name, as compatibility headers do."""
    defined = re.compile(
        rf"#\s*define\s+{name}\b|\bstatic\b[^;\n]*\b{name}\s*\(|^{name}\s*\(", re.M
    )
    sources = (one for one in survey.tree.names() if one.endswith(_SOURCES))
    return any(defined.search(survey.tree.text(one) or "") for one in sources)
