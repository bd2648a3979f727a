"""Finds texts that every match of a regular expression must contain, in lower case."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from functools import lru_cache
from importlib import import_module
from itertools import chain, groupby
from typing import Any

_SELECTIVE = 3
_EVERYWHERE = "/usr/lib/python/site-packages/build/temp include setup.py install file"
"""Words in so many lines of any log that they select nothing."""

_parser: Any = import_module("re._parser" if sys.version_info >= (3, 11) else "sre_parse")


@lru_cache(maxsize=2048)
def literals_of(pattern: str) -> frozenset[str]:
    """Return texts, one of which is in every match of a regular expression, in lower case.

    The empty text, which every line contains, if there is nothing better.
    """
    return max(all_literals_of(pattern), key=_worth, default=frozenset({""}))


@lru_cache(maxsize=2048)
def all_literals_of(pattern: str) -> tuple[frozenset[str], ...]:
    """Return sets of texts; every match of a regular expression contains one of each set.

    They are in lower case, as the match must be too, and contain no quotes: a line may have others.
    """
    return tuple(_sets(_parser.parse(pattern)))


def is_selective(texts: frozenset[str]) -> bool:
    """Return whether few lines contain one of these: three letters each, or one beyond ASCII."""
    return _worth(texts) >= _SELECTIVE


def _sets(parsed: Any) -> Iterator[frozenset[str]]:
    for letters, group in groupby(parsed, key=lambda one: _letter_of(*one) is not None):
        items = [(str(name), value) for name, value in group]
        if letters:
            text = "".join(str(_letter_of(name, value)) for name, value in items)
            yield from (frozenset({part}) for part in text.split("'") if part)
        else:
            yield from chain.from_iterable(_sets_within(name, value) for name, value in items)


def _letter_of(name: Any, value: Any) -> str | None:
    """Return the one character that an item matches in lower case, or None if there are more."""
    if str(name) == "LITERAL":
        return chr(value).lower()
    if str(name) != "IN" or any(str(kind) != "LITERAL" for kind, _ in value):
        return None
    found = {chr(code).lower() for _, code in value}
    return found.pop() if len(found) == 1 else None


def _sets_within(name: str, value: Any) -> Iterator[frozenset[str]]:
    if name == "SUBPATTERN":
        yield from _sets(value[3])
    elif name == "BRANCH":
        best = [max(_sets(branch), key=_worth, default=None) for branch in value[1]]
        if all(best):
            yield frozenset().union(*filter(None, best))
    elif name in ("MAX_REPEAT", "MIN_REPEAT") and value[0] > 0:
        yield from _sets(value[2])


def _worth(texts: frozenset[str]) -> int:
    """Return how selective the least selective text is; non-ASCII characters count more."""
    return min(map(_worth_of, texts), default=0)


def _worth_of(text: str) -> int:
    return 1 if text in _EVERYWHERE or text.isspace() else len(text) + 2 * (not text.isascii())
