"""What a configure script that the build runs asks for, read from the M4 that made it.

Only what ends configure is a need: a check without a way to go on, or one that ends in an error.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator

from buildfix.analysis.findings import Grade
from buildfix.analysis.survey import Survey

_MACRO = re.compile(
    r"^[ \t]*(AC_CHECK_LIB|AC_SEARCH_LIBS|PKG_CHECK_MODULES|AC_CHECK_HEADERS?|AC_PATH_PROGS?"
    r"|AC_CHECK_PROGS?|AC_CHECK_TOOL|AC_PROG_CXX|AC_PROG_F77|AC_PROG_FC)\b",
    re.MULTILINE,
)
_ERROR = re.compile(r"MSG_(?:ERROR|FAILURE)|as_fn_error|\bexit\s+1")
_WARNING = re.compile(r"MSG_WARN")
"""What a failure may be, too: an error then only where the feature was asked for."""
_REMEMBERED = re.compile(r"\b(\w+)=")
_LANGUAGES = {"AC_PROG_CXX": "cxx", "AC_PROG_F77": "fortran", "AC_PROG_FC": "fortran"}
_CHECKS = {
    "AC_CHECK_LIB": (0, None, 3),
    "AC_SEARCH_LIBS": (1, 1, 3),
    "AC_CHECK_HEADER": (0, None, 2),
    "AC_CHECK_HEADERS": (0, None, 2),
}
"""Which argument has the names, how many of them count, and which says what a failure does."""
_MODULE = re.compile(r"([A-Za-z][\w+.-]*)\s*((?:>=|<=|=|>|<)\s*[\w.]+)?")
MAX_ARGUMENTS = 20_000
"""Characters of one macro's arguments."""


def read_configure(survey: Survey, folder: str) -> None:
    """Note what the configure script in a folder of the tree requires."""
    for base in ("configure.ac", "configure.in"):
        file = posixpath.join(folder, base)
        text = survey.tree.text(file)
        if text is None:
            continue
        text = re.sub(r"^[ \t]*(?:dnl\b|#).*$", "", text, flags=re.MULTILINE)
        for match in _MACRO.finditer(text):
            where = f"{file}:{text.count(chr(10), 0, match.start()) + 1}"
            _note(survey, match[1], list(_arguments(text, match.end())), where, text[match.end() :])
        return


def _note(survey: Survey, macro: str, args: list[str], where: str, rest: str) -> None:
    """Note what one macro asks for; `rest` is what follows it."""
    if macro in _LANGUAGES:
        survey.compiles(_LANGUAGES[macro], where)
    elif macro == "PKG_CHECK_MODULES" and len(args) > 1:
        _note_modules(survey, args, where)
    elif macro in _CHECKS:
        names, most, failing = _CHECKS[macro]
        note = survey.header if macro.startswith("AC_CHECK_HEADER") else survey.library
        grade: Grade = "sure" if _ends("".join(args[failing : failing + 1]), rest) else "optional"
        for name in "".join(args[names : names + 1]).split()[:most]:
            note(name, where, grade)


def _note_modules(survey: Survey, args: list[str], where: str) -> None:
    grade: Grade = "sure" if len(args) < 4 or _ERROR.search(args[3]) else "optional"
    survey.tool("pkg-config", where, grade)
    for name, version in _MODULE.findall(args[1]):
        required = version.replace(" ", "") or None
        survey.package("pkgconfig-missing", name, where, grade, required)


def _ends(failing: str, rest: str) -> bool:
    """Say whether what is done where a check fails ends configure, there or later."""
    if _WARNING.search(failing):
        return False
    return _ERROR.search(failing) is not None or _ends_later(failing, rest)


def _ends_later(failing: str, rest: str) -> bool:
    """Say whether what a failure sets is what an error that ends configure hangs on alone."""
    names = "|".join(map(re.escape, _REMEMBERED.findall(failing)))
    if not names:
        return False
    tested = rf"^[ \t]*if test [^\n]*\$\{{?(?:{names})\b[^\n]*\bthen\s+\w*"
    return re.search(tested + _ERROR.pattern, rest[:MAX_ARGUMENTS], re.MULTILINE) is not None


def _arguments(text: str, place: int) -> Iterator[str]:
    """Yield a macro's arguments, their outer brackets taken off."""
    if text[place : place + 1] != "(":
        return
    depth, quoted, start = 0, 0, place + 1
    for here in range(place, min(len(text), place + MAX_ARGUMENTS)):
        char = text[here]
        quoted += (char == "[") - (char == "]")
        if quoted == 0:
            depth += (char == "(") - (char == ")")
        if quoted == 0 and (depth == 0 or (depth == 1 and char == ",")):
            yield _unquoted(text[start:here])
            start = here + 1
            if depth == 0:
                return


def _unquoted(argument: str) -> str:
    plain = argument.strip()
    return plain[1:-1] if plain.startswith("[") and plain.endswith("]") else plain
