"""Matching one log line against everything that is known about log lines."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from importlib import import_module
from typing import Any, Generic, TypeVar

from buildfix.knowledge import Knowledge
from buildfix.knowledge.schema import CausePattern, Mark, Noise
from buildfix.model import Cause

regex_parser: Any = import_module("re._parser" if sys.version_info >= (3, 11) else "sre_parse")

_WEIGHT_ORDER = {"certain": 0, "likely": 1, "hint": 2}

_Pattern = TypeVar("_Pattern", CausePattern, Mark, Noise)


@dataclass(frozen=True)
class Found:
    """A line that means something: causes, or a mark of the installer."""

    causes: tuple[Cause, ...] = ()
    order: int = 0
    """How much a cause weighs; less is more."""
    mark: Mark | None = None
    title: str = ""
    project: str | None = None


class Scanner:
    """Tells of each line, in the order of the log, what it means."""

    def __init__(self, knowledge: Knowledge):
        """Prepare all patterns of `knowledge`; raises RecipeError."""
        recipes = knowledge.causes
        self._knowledge = knowledge
        self._causes = _Sieve(sorted(recipes.causes, key=lambda one: _WEIGHT_ORDER[one.weight]))
        self._noise = _Sieve(recipes.noise)
        self._marks = _Sieve(recipes.marks)
        self._contexts = _Contexts(recipes.causes)

    def scan(self, number: int, line: str) -> Found | None:
        """Return what the line with this number, out of its margin, means; None for nothing."""
        self._contexts.see(number, line)
        order, causes = self._causes_in(number, line)
        for mark in self._marks.candidates(line):
            if match := mark.pattern.search(line):
                groups = match.groupdict()
                title, project = groups.get("title") or "", groups.get("project")
                return Found(causes, order, mark, title, project)
        return Found(causes, order) if causes else None

    def _causes_in(self, number: int, line: str) -> tuple[int, tuple[Cause, ...]]:
        """Return what the first pattern that fits makes of a line, and how much that weighs."""
        for recipe in self._causes.candidates(line):
            match = recipe.pattern.search(line)
            if match is None or not self._contexts.allow(recipe, number):
                continue
            if any(noise.pattern.search(line) for noise in self._noise.candidates(line)):
                break
            groups = {name: value or "" for name, value in match.groupdict().items()}
            required = recipe.required.format(**groups) if recipe.required else None
            causes = tuple(
                self._cause_of(recipe, subject.format(**groups), number, line, required)
                for subject in (recipe.subject, *recipe.further)
            )
            return _WEIGHT_ORDER[recipe.weight], causes
        return 0, ()

    def _cause_of(
        self, recipe: CausePattern, subject: str, number: int, line: str, required: str | None
    ) -> Cause:
        kind, subject = self._knowledge.canonical(recipe.kind, subject)
        return Cause(kind, subject, number, line, required or None, recipe.name)


class _Contexts:
    """Remembers when the lines that some patterns ask for were last seen."""

    def __init__(self, causes: Iterable[CausePattern]):
        self._asked = {recipe.after for recipe in causes if recipe.after}
        self._seen: dict[object, int] = {}

    def see(self, number: int, line: str) -> None:
        for pattern in self._asked:
            if pattern.search(line):
                self._seen[pattern] = number

    def allow(self, recipe: CausePattern, number: int) -> bool:
        if recipe.after is None:
            return True
        return number - self._seen.get(recipe.after, -recipe.within - 1) <= recipe.within


class _Sieve(Generic[_Pattern]):
    """Keeps a line away from the patterns that need a text which is not in it."""

    def __init__(self, patterns: Iterable[_Pattern]):
        self._rows: list[tuple[str, _Pattern]] = [
            (literal_of(one.pattern.pattern), one) for one in patterns
        ]

    def candidates(self, line: str) -> Iterator[_Pattern]:
        """Yield the patterns that may match, in their order."""
        for literal, pattern in self._rows:
            if literal in line:
                yield pattern


def literal_of(pattern: str) -> str:
    """Return the longest text that every match of a regular expression contains.

    Empty where there is none to be had, as with alternatives or ignored case.
    """
    best = run = ""
    parsed = regex_parser.parse(pattern)
    if parsed.state.flags & 2:  # re.IGNORECASE
        return ""
    for operation, value in _flat(parsed):
        run = run + chr(value) if operation == "LITERAL" else ""
        best = max(best, run, key=len)
    return best


def _flat(parsed: Any) -> Iterator[tuple[str, Any]]:
    for operation, value in parsed:
        if str(operation) == "SUBPATTERN" and not value[1]:
            yield from _flat(value[3])
        else:
            yield str(operation), value
