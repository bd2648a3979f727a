"""Finds texts that every match of a regular expression must contain, in lower case."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from importlib import import_module
from itertools import product
from typing import Any

_SELECTIVE = 3
_SELECTIVE_ENOUGH = 5
_EVERYWHERE = "/usr/lib/python/site-packages/build/temp include setup.py install file"
"""Words in so many lines of any log that they select nothing."""
_MOST_SPELLINGS = 16
"""If a part of a pattern has more spellings, they are not listed."""

_parser: Any = import_module("re._parser" if sys.version_info >= (3, 11) else "sre_parse")

Texts = frozenset[str]
"""Texts, one of which a line must contain."""
Alternative = tuple[Texts, ...]
"""A line must contain one text of each."""


@lru_cache(maxsize=2048)
def alternatives(pattern: str) -> tuple[Alternative, ...]:
    """Return what a line must contain for a pattern to match it: all that one alternative asks.

    For `is (?:not .*(?:found|set)|absent)` these are `is not ` and one of `found` and `set`, or
    `is absent`. The texts are in lower case, as the line must be, and without quotes: a line may
    have others.
    """
    parts = list(_parts(_parser.parse(pattern)))
    branches = [part for part in parts if not isinstance(part, frozenset)]
    nothing: _Branches = [[]]
    apart = max(branches, key=len, default=nothing)
    common = [texts for part in parts if part is not apart for texts in _together(part)]
    return tuple(tuple(dict.fromkeys((*common, *one))) for one in apart)


@lru_cache(maxsize=2048)
def literals_of(pattern: str) -> Texts:
    """Return texts, one of which is in every match of a regular expression, in lower case.

    The empty text, which every line contains, if there is nothing better.
    """
    nothing = frozenset({""})
    best = [max(one, key=_worth_and_few, default=nothing) for one in alternatives(pattern)]
    return nothing if nothing in best else frozenset[str]().union(*best)


def is_selective(texts: Texts) -> bool:
    """Return whether few lines contain one of these: three letters each, or one beyond ASCII."""
    return _worth(texts) >= _SELECTIVE


_Branches = list[list[Texts]]
"""A line must contain one text of each that one branch has."""


def _parts(parsed: Any) -> Iterator[Texts | _Branches]:
    """Yield what all matches of a parsed pattern contain, part by part."""
    spellings = frozenset({""})
    for name, value in parsed:
        these = _spellings(str(name), value)
        if these is None:
            yield from _without_quotes(spellings)
            spellings = frozenset({""})
            yield from _parts_within(str(name), value)
        elif len(these) * len(spellings) > _MOST_SPELLINGS:
            yield from _without_quotes(spellings)
            spellings = these
        else:
            spellings = frozenset(map("".join, product(spellings, these)))
    yield from _without_quotes(spellings)


def _parts_within(name: str, value: Any) -> Iterator[Texts | _Branches]:
    if name == "SUBPATTERN":
        yield from _parts(value[3])
    elif name == "BRANCH":
        branches = [list(_needed(branch)) for branch in value[1]]
        if all(branches):
            yield branches
    elif name in ("MAX_REPEAT", "MIN_REPEAT") and value[0] > 0:
        yield from _parts(value[2])


def _needed(parsed: Any) -> Iterator[Texts]:
    for part in _parts(parsed):
        yield from _together(part)


def _together(part: Texts | _Branches) -> Iterator[Texts]:
    """Yield what a line contains if it has all of one branch: a part of each, in turn.

    Not each part with each of all others, which would be too many.
    """
    if isinstance(part, frozenset):
        yield part
        return
    best_first = [sorted(branch, key=_worth, reverse=True) for branch in part]
    for turn in range(max(map(len, best_first))):
        yield frozenset[str]().union(*(branch[turn % len(branch)] for branch in best_first))


def _without_quotes(spellings: Texts) -> Iterator[Texts]:
    """Yield the parts of a text between quotes; of several spellings, the longest part of each."""
    if len(spellings) == 1:
        yield from (frozenset({part}) for part in next(iter(spellings)).split("'") if part)
        return
    longest = {max(text.split("'"), key=len) for text in spellings}
    if "" not in longest:
        yield frozenset(one for one in longest if not any(two in one for two in longest - {one}))


def _spellings(name: str, value: Any) -> Texts | None:
    """Return all texts in lower case that an item can match, if they are few; None if not."""
    if name == "LITERAL":
        return frozenset({chr(value).lower()})
    if name == "IN":
        return _of_class(value)
    if name == "SUBPATTERN":
        return _of_sequence(value[3])
    if name == "BRANCH":
        return _of_branches([_of_sequence(branch) for branch in value[1]])
    if name in ("MAX_REPEAT", "MIN_REPEAT") and value[:2] == (0, 1):
        return _of_branches([frozenset({""}), _of_sequence(value[2])])
    return None


def _of_class(items: Sequence[tuple[Any, Any]]) -> Texts | None:
    if any(str(kind) != "LITERAL" for kind, _ in items):
        return None
    return frozenset(chr(code).lower() for _, code in items)


def _of_sequence(parsed: Any) -> Texts | None:
    found = frozenset({""})
    for name, value in parsed:
        these = _spellings(str(name), value)
        if these is None or len(these) * len(found) > _MOST_SPELLINGS:
            return None
        found = frozenset(map("".join, product(found, these)))
    return found


def _of_branches(branches: Iterable[Texts | None]) -> Texts | None:
    found = frozenset[str]()
    for one in branches:
        if one is None:
            return None
        found |= one
    return found if len(found) <= _MOST_SPELLINGS else None


def _worth(texts: Texts) -> int:
    """Return how selective the least selective text is; non-ASCII characters count more."""
    return min(map(_worth_of, texts), default=0)


def _worth_and_few(texts: Texts) -> tuple[int, int, int]:
    """Return how well a few texts select: five letters are enough."""
    worth = _worth(texts)
    return min(worth, _SELECTIVE_ENOUGH), -len(texts), worth


def _worth_of(text: str) -> int:
    return 1 if text in _EVERYWHERE or text.isspace() else len(text) + 2 * (not text.isascii())
