"""Finds texts that every match of a regular expression must contain, in lower case."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache
from importlib import import_module
from typing import Any, NamedTuple

_SELECTIVE = 3
_EVERYWHERE = "/usr/lib/python/site-packages/build/temp include setup.py install file"
"""Words in so many lines of any log that they select nothing."""

_parser: Any = import_module("re._parser" if sys.version_info >= (3, 11) else "sre_parse")


class Clause(NamedTuple):
    """Texts and conditions: every match contains one of the texts or meets one condition."""

    texts: tuple[str, ...]
    conditions: tuple[Condition, ...]


Condition = tuple[Clause, ...]
"""Clauses that all hold for every match of a regular expression."""


@lru_cache(maxsize=2048)
def condition_of(pattern: str) -> Condition:
    """Return what a line must contain for a pattern to match it.

    For `not (?:found|set)|absent` this is `not ` and one of `found` and `set`, or else `absent`.
    The texts are in lower case, as the line must be, and without quotes: a line may have others.
    """
    return tuple(_clauses(_parser.parse(pattern)))


def meets(line: str, condition: Condition) -> bool:
    """Return whether a line, in lower case, meets a condition."""
    for texts, conditions in condition:
        if not any(map(line.__contains__, texts)):
            for one in conditions:
                if meets(line, one):
                    break
            else:
                return False
    return True


@lru_cache(maxsize=2048)
def literals_of(pattern: str) -> frozenset[str]:
    """Return texts, one of which is in every match of a regular expression, in lower case.

    The empty text, which every line contains, if there is nothing better.
    """
    return max(literal_sets(condition_of(pattern)), key=_worth, default=frozenset({""}))


def literal_sets(
    condition: Condition, worth: Callable[[frozenset[str]], Any] | None = None
) -> Iterator[frozenset[str]]:
    """Yield sets of texts; a line that meets a condition contains one of each set.

    Where one of several conditions holds, the set of each that is `worth` most stands for it; by
    default the one whose texts are the longest.
    """
    worth = worth or _worth
    for texts, conditions in condition:
        best = [max(literal_sets(one, worth), key=worth) for one in conditions]
        yield frozenset(texts).union(*best)


def is_selective(texts: frozenset[str]) -> bool:
    """Return whether few lines contain one of these: three letters each, or one beyond ASCII."""
    return _worth(texts) >= _SELECTIVE


def _clauses(parsed: Any) -> Iterator[Clause]:
    text = ""
    for name, value in parsed:
        letter = _letter_of(name, value)
        if letter is None:
            yield from _clauses_of_text(text)
            text = ""
            yield from _clauses_within(str(name), value)
        else:
            text += letter
    yield from _clauses_of_text(text)


def _clauses_of_text(text: str) -> Iterator[Clause]:
    return (Clause((part,), ()) for part in text.split("'") if part)


def _clauses_within(name: str, value: Any) -> Iterator[Clause]:
    if name == "SUBPATTERN":
        yield from _clauses(value[3])
    elif name == "BRANCH":
        branches = [tuple(_clauses(branch)) for branch in value[1]]
        if all(branches):
            yield _either(branches)
    elif name in ("MAX_REPEAT", "MIN_REPEAT") and value[0] > 0:
        yield from _clauses(value[2])


def _either(branches: Iterable[Condition]) -> Clause:
    """Return the clause that one of some conditions holds."""
    texts, conditions = list[str](), list[Condition]()
    for one in branches:
        if len(one) == 1:
            texts += one[0].texts
            conditions += one[0].conditions
        else:
            conditions.append(one)
    return Clause(tuple(texts), tuple(conditions))


def _letter_of(name: Any, value: Any) -> str | None:
    """Return the one character that an item matches in lower case, or None if there are more."""
    if name is _parser.LITERAL:
        return chr(value).lower()
    if name is not _parser.IN or any(kind is not _parser.LITERAL for kind, _ in value):
        return None
    found = {chr(code).lower() for _, code in value}
    return found.pop() if len(found) == 1 else None


def _worth(texts: frozenset[str]) -> int:
    """Return how selective the least selective text is; non-ASCII characters count more."""
    return min(map(_worth_of, texts), default=0)


def _worth_of(text: str) -> int:
    return 1 if text in _EVERYWHERE or text.isspace() else len(text) + 2 * (not text.isascii())
