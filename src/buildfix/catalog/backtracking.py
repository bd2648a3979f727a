"""Finds regular expressions whose matching time can double with each character of a line.

Python's matcher tries every way in which a pattern matches a text before it gives up. If a text
matches a loop in two ways, as with `(a+)+` or `(a|a)*`, the ways double with each round. A pattern
is turned into an automaton of its characters (Glushkov's), and its loops are searched for two ways:
"exponential degree of ambiguity" in Weber and Seidl, On the degree of ambiguity of finite automata
(1991).
"""

from __future__ import annotations

import re
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import field
from functools import cache
from itertools import product
from typing import Any

from buildfix.core.light_dataclass import dataclass

if sys.version_info >= (3, 11):
    from re import _parser as parser  # type: ignore[attr-defined]
else:
    import sre_parse as parser

Ways = Counter[int]
"""Positions, each with its number of ways: one, or two for more."""

_OTHER = 128
"""Represents every character outside ASCII."""
_ALL = (1 << (_OTHER + 1)) - 1
_LOOP = 10
"""A repetition with at most this many rounds takes bounded time."""
_REPEATS = {"MAX_REPEAT", "MIN_REPEAT", "POSSESSIVE_REPEAT"}
_SAMPLES = [*map(chr, range(_OTHER)), "é"]
_CATEGORIES = {"DIGIT": r"\d", "SPACE": r"\s", "WORD": r"\w"}


@dataclass(frozen=True)
class _Part:
    """Where a part of a pattern starts and ends, as positions of its characters.

    `empty` is in how many ways it matches nothing.
    """

    empty: int = 1
    first: Ways = field(default_factory=Counter)
    last: Ways = field(default_factory=Counter)


@dataclass
class _Automaton:
    """The characters of a pattern, and in how many ways one follows another."""

    ignore_case: bool
    dot_all: bool
    sets: list[int] = field(default_factory=list)
    """What each position matches: a bit for each ASCII character, one for all others."""
    edges: Counter[tuple[int, int]] = field(default_factory=Counter)

    def sequence(self, items: Iterable[Any]) -> _Part:
        """Read consecutive parts."""
        whole = _Part()
        for operator, argument in items:
            part = self._part(str(operator), argument)
            self._follow(whole.last, part.first)
            whole = _Part(
                min(whole.empty * part.empty, 2),
                whole.first + _times(part.first, whole.empty),
                part.last + _times(whole.last, part.empty),
            )
        return whole

    def _follow(self, before: Ways, after: Ways) -> None:
        for one, other in product(before, after):
            ways = self.edges[one, other] + before[one] * after[other]
            self.edges[one, other] = min(ways, 2)

    def _part(self, operator: str, argument: Any) -> _Part:
        if operator in _REPEATS:
            return self._repeat(*argument)
        if operator in ("SUBPATTERN", "ATOMIC_GROUP"):
            return self.sequence(argument[-1] if operator == "SUBPATTERN" else argument)
        if operator == "BRANCH":
            return _either([self.sequence(one) for one in argument[1]])
        if operator == "GROUPREF_EXISTS":
            return _either([self.sequence(one or ()) for one in argument[1:]])
        if operator in ("AT", "ASSERT", "ASSERT_NOT", "GROUPREF"):
            return _Part()
        self.sets.append(self._characters(operator, argument))
        place = Counter({len(self.sets) - 1: 1})
        return _Part(0, place, place)

    def _repeat(self, least: int, most: int, items: Iterable[Any]) -> _Part:
        body = self.sequence(items)
        if most > _LOOP:
            self._follow(body.last, body.first)
        return _Part(min(body.empty + (least == 0), 2), body.first, body.last)

    def _characters(self, operator: str, argument: Any) -> int:
        if operator == "LITERAL":
            return self._cased(_bit(argument))
        if operator == "NOT_LITERAL":
            return _ALL & ~self._cased(_bit(argument)) | 1 << _OTHER
        if operator == "ANY":
            return _ALL if self.dot_all else _ALL & ~_bit(ord("\n"))
        return self._cased(_of_class(argument)) if operator == "IN" else _ALL

    def _cased(self, characters: int) -> int:
        if not self.ignore_case:
            return characters
        both = (ord(char) for char in map(chr, range(_OTHER)) if char.isalpha())
        for code in both:
            if characters >> code & 1:
                characters |= _bit(code ^ 0x20)
        return characters


def _times(ways: Ways, count: int) -> Ways:
    return Counter({one: min(number * count, 2) for one, number in ways.items() if count})


def _either(parts: list[_Part]) -> _Part:
    return _Part(
        min(sum(part.empty for part in parts), 2),
        sum((part.first for part in parts), Counter()),
        sum((part.last for part in parts), Counter()),
    )


def _bit(code: int) -> int:
    return 1 << min(code, _OTHER)


def _of_class(items: Iterable[Any]) -> int:
    """Return what a class such as `[^a-z]` matches."""
    taken, negated = 0, False
    for operator, argument in items:
        name = str(operator)
        if name == "NEGATE":
            negated = True
        elif name == "LITERAL":
            taken |= _bit(argument)
        elif name == "RANGE":
            low, high = argument
            taken |= sum(1 << code for code in range(low, min(high, _OTHER - 1) + 1))
            taken |= _bit(high) if high >= _OTHER else 0
        elif name == "CATEGORY":
            taken |= _of_category(str(argument))
    return (_ALL & ~taken | 1 << _OTHER) if negated else taken


def _of_category(name: str) -> int:
    kind = next((one for one in _CATEGORIES if name.endswith(one)), "WORD")
    matches = re.compile(_CATEGORIES[kind]).match
    taken = sum(1 << code for code, sample in enumerate(_SAMPLES) if matches(sample))
    return _ALL & ~taken | 1 << _OTHER if "_NOT_" in name else taken


@cache
def explodes(pattern: re.Pattern[str]) -> bool:
    """Return whether matching may take time that doubles with each character.

    This takes milliseconds, so results are cached: a process may load the same recipes again.
    """
    flags = pattern.flags
    automaton = _Automaton(bool(flags & re.IGNORECASE), bool(flags & re.DOTALL))
    automaton.sequence(parser.parse(pattern.pattern, flags & ~re.UNICODE))
    after: dict[int, list[int]] = {}
    for one, other in automaton.edges:
        after.setdefault(one, []).append(other)
    for loop in _loops(after, len(automaton.sets)):
        inner = {one: [other for other in after.get(one, ()) if other in loop] for one in loop}
        if any(automaton.edges[one, other] > 1 for one in loop for other in inner[one]):
            return True
        if _two_ways(inner, automaton.sets):
            return True
    return False


def _loops(after: dict[int, list[int]], count: int) -> Iterator[set[int]]:
    """Yield the sets of positions that can all reach each other."""
    reached = {one: _reached([one], after) for one in range(count)}
    left = {one for one in range(count) if one in reached[one]}
    while left:
        one = left.pop()
        loop = {other for other in reached[one] if one in reached[other]}
        left -= loop
        yield loop


def _reached(starts: Iterable[Any], after: dict[Any, list[Any]]) -> set[Any]:
    found: set[Any] = set()
    pending = [other for one in starts for other in after.get(one, ())]
    while pending:
        one = pending.pop()
        if one not in found:
            found.add(one)
            pending += after.get(one, ())
    return found


def _two_ways(inner: dict[int, list[int]], sets: list[int]) -> bool:
    """Return whether two different ways around a loop match the same text."""
    forward: dict[tuple[int, int], list[tuple[int, int]]] = {}
    backward: dict[tuple[int, int], list[tuple[int, int]]] = {}
    same = [(one, one) for one in inner]
    pending, seen = list(same), set(same)
    while pending:
        pair = pending.pop()
        ways = ((one, other) for one in inner[pair[0]] for other in inner[pair[1]])
        forward[pair] = [(one, other) for one, other in ways if sets[one] & sets[other]]
        for following in forward[pair]:
            backward.setdefault(following, []).append(pair)
            if following not in seen:
                seen.add(following)
                pending.append(following)
    return any(one != other for one, other in _reached(same, backward))
