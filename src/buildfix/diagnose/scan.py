"""Matching a log's lines against everything that is known about log lines."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from buildfix.diagnose.clean import clean, without_escapes
from buildfix.diagnose.sieve import Sieve
from buildfix.knowledge import Knowledge
from buildfix.knowledge.schema import CausePattern, Mark, Noise
from buildfix.model import Cause

WEIGHT_ORDER = {"certain": 0, "likely": 1, "hint": 2}


@dataclass(frozen=True)
class Found:
    """What a line means: causes, a mark of the installer, or both."""

    number: int
    """The line's number, from 1."""
    causes: tuple[Cause, ...] = ()
    order: int = 0
    """How much the causes weigh; less is more."""
    mark: Mark | None = None
    title: str = ""
    project: str | None = None


Pattern = re.Pattern[str] | Mark | Noise | CausePattern
"""What is looked for in a line; a bare one is the context that a cause asks for."""


@lru_cache(maxsize=4)
def _prepared(knowledge: Knowledge) -> tuple[tuple[Pattern, ...], Sieve]:
    """Return all patterns of `knowledge`, in the order in which a line meets them."""
    recipes = knowledge.causes
    causes = sorted(recipes.causes, key=lambda one: WEIGHT_ORDER[one.weight])
    contexts = dict.fromkeys(cause.after for cause in causes if cause.after)
    patterns: tuple[Pattern, ...] = (*contexts, *recipes.marks, *recipes.noise, *causes)
    sieve = Sieve(one if isinstance(one, re.Pattern) else one.pattern for one in patterns)
    return patterns, sieve


class Scanner:
    """Tells of each line, block after block in the order of the log, what it means."""

    def __init__(self, knowledge: Knowledge):
        """Prepare all patterns of `knowledge`; raises RecipeError."""
        self._knowledge = knowledge
        self._patterns, self._sieve = _prepared(knowledge)
        self._seen: dict[re.Pattern[str], int] = {}

    def scan(self, first: int, block: str) -> Iterator[Found]:
        """Yield what the lines of a block mean, whose first line has the number `first`."""
        block = without_escapes(block)
        lines = block.split("\n")
        for index, positions in self._sieve.candidates(block, lines):
            found = self._look(first + index, clean(lines[index]), positions)
            if found:
                yield found

    def _look(self, number: int, line: str, positions: Sequence[int]) -> Found | None:
        """Return what a line means, given the patterns that may match it."""
        mark: tuple[Mark, re.Match[str]] | None = None
        causes: tuple[Cause, ...] = ()
        order = 0
        for one in (self._patterns[position] for position in positions):
            match = (one if isinstance(one, re.Pattern) else one.pattern).search(line)
            if match is None:
                continue
            if isinstance(one, re.Pattern):
                self._seen[one] = number
            elif isinstance(one, Mark):
                mark = mark or (one, match)
            elif isinstance(one, Noise):
                break
            elif self._in_context(one, number):
                causes, order = self._causes(one, match, number, line), WEIGHT_ORDER[one.weight]
                break
        if mark:
            groups = mark[1].groupdict()
            title, project = groups.get("title") or "", groups.get("project")
            return Found(number, causes, order, mark[0], title, project)
        return Found(number, causes, order) if causes else None

    def _in_context(self, recipe: CausePattern, number: int) -> bool:
        if recipe.after is None:
            return True
        return number - self._seen.get(recipe.after, -recipe.within - 1) <= recipe.within

    def _causes(
        self, recipe: CausePattern, match: re.Match[str], number: int, line: str
    ) -> tuple[Cause, ...]:
        groups = {name: value or "" for name, value in match.groupdict().items()}
        required = (recipe.required or "").format(**groups) or None
        subjects = (subject.format(**groups) for subject in (recipe.subject, *recipe.further))
        named = (self._knowledge.canonical(recipe.kind, one or "-") for one in subjects)
        return tuple(
            Cause(kind, subject, number, line, required, recipe.name) for kind, subject in named
        )
