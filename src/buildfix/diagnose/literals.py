"""The texts without which a regular expression cannot match."""

from __future__ import annotations

import re
import sys
from functools import lru_cache
from importlib import import_module
from typing import Any

_SELECTIVE = 3
_EVERYWHERE = "/usr/lib/python/site-packages/build/temp include setup.py install file"
"""What stands in so many lines of any log that it tells nothing."""

_parser: Any = import_module("re._parser" if sys.version_info >= (3, 11) else "sre_parse")


@lru_cache(maxsize=2048)
def literals_of(pattern: str) -> frozenset[str]:
    """Return texts of which every match of a regular expression contains at least one.

    The empty text, which every line contains, where nothing better is to be had, as where the
    expression ignores case.
    """
    parsed = _parser.parse(pattern)
    ignores_case = parsed.state.flags & re.IGNORECASE
    return (not ignores_case and _literals(parsed)) or frozenset({""})


def is_selective(texts: frozenset[str]) -> bool:
    """Say whether few lines contain one of these: each has three letters, or one beyond ASCII."""
    return _worth(texts) >= _SELECTIVE


def _literals(parsed: Any) -> frozenset[str]:
    """Return the best of all the sets that a sequence offers, the empty set for none."""
    best: frozenset[str] = frozenset()
    run = ""
    for operation, value in parsed:
        name = str(operation)
        if name == "LITERAL":
            run += chr(value)
            continue
        best, run = _better(best, frozenset({run})), ""
        if name == "SUBPATTERN" and not value[1] & re.IGNORECASE:
            best = _better(best, _literals(value[3]))
        elif name == "BRANCH":
            branches = [_literals(branch) for branch in value[1]]
            if all(branches):
                best = _better(best, frozenset().union(*branches))
        elif name in ("MAX_REPEAT", "MIN_REPEAT") and value[0] > 0:
            best = _better(best, _literals(value[2]))
    return _better(best, frozenset({run}))


def _better(one: frozenset[str], other: frozenset[str]) -> frozenset[str]:
    """Return the set whose least telling text tells more."""
    return max(one, other if all(other) else frozenset(), key=_worth)


def _worth(texts: frozenset[str]) -> int:
    """Return how telling the least telling text is; characters beyond ASCII tell more."""
    return min(map(_worth_of, texts), default=0)


def _worth_of(text: str) -> int:
    return 1 if text in _EVERYWHERE else len(text) + 2 * (not text.isascii())
