"""What a compiler says of a symbol, and what that means, whichever compiler says it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from fnmatch import fnmatchcase
from itertools import pairwise

from buildfix.catalog.grammars import Form, Grammars, Meaning, part_of

_ERROR = re.compile(r"error|fatal", re.IGNORECASE)
_WARNING = re.compile(r"\b(?:warning|note|remark)\b", re.IGNORECASE)
_WITHOUT_LABEL = frozenset({"cython"})
"""What is said in lines that do not call themselves errors."""
_MARKS = re.compile(r"^[\s|]*[~^][~^\s]*$")
"""A line that points into the one above it."""
_IDENTIFIER = re.compile(r"\b[A-Za-z_]\w{3,}\b")


def meaning_of_message(
    grammars: Grammars, form: Form, match: re.Match[str], line: str, following: Sequence[str]
) -> tuple[Meaning, str] | None:
    """Return what a compiler's message means, and the symbol that it names."""
    if _WARNING.search(line) and not _ERROR.search(line):
        return None
    if form.says not in _WITHOUT_LABEL and not _ERROR.search(line):
        return None
    symbol, owner = part_of(match, "symbol"), part_of(match, "type")
    if symbol:
        return _found(grammars, form.says, (symbol, f"{owner}.{symbol}") if owner else (symbol,))
    shown = dict.fromkeys(_pointed_at(following) or _IDENTIFIER.findall(" ".join(following)))
    return next(filter(None, (_found(grammars, form.says, (one,)) for one in shown)), None)


def _pointed_at(following: Sequence[str]) -> list[str]:
    """Return the names that a compiler underlines in the source line that it shows."""
    for shown, marks in pairwise(following):
        if _MARKS.match(marks):
            underlined = [one.span() for one in re.finditer("~{2,}", marks)]
            names = _IDENTIFIER.finditer(shown)
            return [
                one[0]
                for one in names
                if any(a < one.end() and one.start() < b for a, b in underlined)
            ]
    return []


def _found(grammars: Grammars, says: str, names: Sequence[str]) -> tuple[Meaning, str] | None:
    """Return the first meaning of any of a symbol's names, and the symbol."""
    meanings = (one for one in grammars.meanings if not one.classes or says in one.classes)
    return next(((one, names[0]) for one in meanings if any(_matches(one, names))), None)


def _matches(meaning: Meaning, names: Sequence[str]) -> Iterator[bool]:
    return (fnmatchcase(name, glob) for glob in meaning.symbols for name in names)
