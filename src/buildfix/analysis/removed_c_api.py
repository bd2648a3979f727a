"""What compiled sources surely use of Python's C API that a Python has removed."""

from __future__ import annotations

import re
from collections.abc import Iterator

from packaging.version import Version

from buildfix.analysis.includes import predefined, surely_compiled
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
    for line, part in surely_compiled(plain, predefined(survey)):
        for match in found.finditer(part):
            if not _defines(survey, match[1]):
                yield match[1], gone[match[1]], line + part.count("\n", 0, match.start())


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
