"""Matching a log's lines against everything that is known about log lines."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from buildfix.diagnose.clean import clean, stream_of, without_escapes
from buildfix.diagnose.sieve import Sieve, literals_of
from buildfix.knowledge import Knowledge
from buildfix.knowledge.schema import CausePattern, Mark, Noise
from buildfix.model import CAUSE_KINDS, Cause

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
    stream: str = ""
    """Which of several interleaved outputs it is of."""


Pattern = re.Pattern[str] | Mark | Noise | CausePattern
"""What is looked for in a line; a bare one is the context that a cause asks for."""

_LINES_THEN = 3


@lru_cache(maxsize=4)
def _prepared(knowledge: Knowledge) -> tuple[tuple[Pattern, ...], Sieve]:
    """Return all patterns of `knowledge`, in the order in which a line meets them."""
    recipes = knowledge.causes
    causes = sorted(recipes.causes, key=lambda one: WEIGHT_ORDER[one.weight])
    contexts = dict.fromkeys(cause.after for cause in causes if cause.after)
    patterns: tuple[Pattern, ...] = (*contexts, *recipes.marks, *recipes.noise, *causes)
    sieve = Sieve(one if isinstance(one, re.Pattern) else one.pattern for one in patterns)
    return patterns, sieve


@lru_cache(maxsize=4)
def boring_lines(knowledge: Knowledge) -> re.Pattern[str]:
    """Return what matches each line of a text that never tells anything."""
    beginnings = "|".join(one.pattern.pattern for one in knowledge.causes.boring)
    return re.compile(rf"^[ \t]*(?:{beginnings}).*$" if beginnings else "$.", re.MULTILINE)


class Scanner:
    """Tells of each line, block after block in the order of the log, what it means."""

    def __init__(self, knowledge: Knowledge):
        """Prepare all patterns of `knowledge`; raises RecipeError."""
        self._knowledge = knowledge
        self._patterns, self._sieve = _prepared(knowledge)
        self._boring = boring_lines(knowledge)
        self._wide_patterns = [
            (position, one)
            for position, one in enumerate(self._patterns)
            if isinstance(one, CausePattern) and not self._sieve.knows(position)
        ]
        self._seen: dict[re.Pattern[str] | None, int] = {}
        self._facts = {fact.name: "" for fact in knowledge.causes.facts}

    def scan(self, first: int, block: str, following: Sequence[str] = ()) -> Iterator[Found]:
        """Yield what the lines of a block mean, whose first line has the number `first`.

        `following` are the lines after it, for patterns that look ahead.
        """
        block = without_escapes(block)
        self._learn(block)
        lines = block.split("\n")
        for index, positions in self._with_wide(first, lines, block):
            then = [*lines[index + 1 : index + 1 + _LINES_THEN], *following][:_LINES_THEN]
            line = _Line(first + index, clean(lines[index]), lines[index], then)
            found = self._look(line, positions)
            if found:
                yield found

    def _with_wide(
        self, first: int, lines: Sequence[str], block: str
    ) -> Iterator[tuple[int, list[int]]]:
        """Yield the candidates, and the lines after a context that a wide pattern asks for.

        A wide pattern is one that no text can be searched for; it is tried on these lines alone.
        """
        index = 0
        telling = self._boring.sub("", block)
        for at, positions in self._sieve.candidates(telling, lines):
            yield from self._wide_until(first, index, at)
            yield at, [*positions, *self._wide(first + at)]
            index = at + 1
        yield from self._wide_until(first, index, len(lines))

    def _wide_until(self, first: int, start: int, end: int) -> Iterator[tuple[int, list[int]]]:
        for index in range(start, end):
            positions = self._wide(first + index)
            if not positions:
                return
            yield index, positions

    def _wide(self, number: int) -> list[int]:
        """Return the wide patterns whose context was seen shortly before this line."""
        return [
            position
            for position, recipe in self._wide_patterns
            if 0 < number - self._seen.get(recipe.after, number) <= recipe.within
        ]

    def _look(self, line: _Line, positions: Sequence[int]) -> Found | None:
        """Return what a line means, given the patterns that may match it."""
        mark: tuple[Mark, re.Match[str]] | None = None
        causes: tuple[Cause, ...] = ()
        order = least = 0
        for one in (self._patterns[position] for position in positions):
            match = (one if isinstance(one, re.Pattern) else one.pattern).search(line.text)
            if match is None:
                continue
            if isinstance(one, Mark):
                mark = mark or (one, match)
            elif isinstance(one, Noise):
                if one.weight is None:
                    break
                least = WEIGHT_ORDER[one.weight]
            elif isinstance(one, re.Pattern):
                self._seen[one] = line.number
            elif self._in_context(one, line.number):
                causes, order = self._causes(one, match, line), WEIGHT_ORDER[one.weight]
                break
        if mark is None and not causes:
            return None
        groups = mark[1].groupdict() if mark else {}
        return Found(
            line.number,
            causes,
            max(order, least),
            mark=mark[0] if mark else None,
            title=groups.get("title") or "",
            project=groups.get("project"),
            stream=stream_of(line.raw),
        )

    def _learn(self, block: str) -> None:
        """Keep what a block tells first of the facts that are not known yet."""
        for fact in self._knowledge.causes.facts:
            if self._facts[fact.name]:
                continue
            if any(text in block for text in literals_of(fact.pattern.pattern)):
                match = re.search(fact.pattern.pattern, block, re.MULTILINE)
                self._facts[fact.name] = fact.value.format(**match.groupdict()) if match else ""

    def _in_context(self, recipe: CausePattern, number: int) -> bool:
        if recipe.after is None:
            return True
        return number - self._seen.get(recipe.after, -recipe.within - 1) <= recipe.within

    def _causes(self, recipe: CausePattern, match: re.Match[str], line: _Line) -> tuple[Cause, ...]:
        told, required = words_of(recipe, match, line.following, self._facts)
        named = (self._knowledge.canonical(*_kind_and_subject(one, recipe.kind)) for one in told)
        return tuple(
            Cause(kind, subject, line.number, line.text, required, recipe.name)
            for kind, subject in named
        )


@dataclass(frozen=True)
class _Line:
    """A line, out of its margin and as it stands, and the raw ones that follow it."""

    number: int
    text: str
    raw: str
    following: Sequence[str]


def words_of(
    recipe: CausePattern,
    match: re.Match[str],
    following: Sequence[str],
    facts: Mapping[str, str],
) -> tuple[tuple[str, ...], str | None]:
    """Return the subjects that a match tells, and what is required; blank what is not told."""
    groups = _Blank({**facts, **_groups(match)})
    if recipe.then:
        then = recipe.then.search(" ".join(map(clean, following[:_LINES_THEN])))
        groups.update(_groups(then) if then else {})
    subjects = tuple(text.format_map(groups) for text in (recipe.subject, *recipe.further))
    return subjects, (recipe.required or "").format_map(groups) or None


class _Blank(dict[str, str]):
    """What nobody has told is blank."""

    def __missing__(self, key: str) -> str:
        return ""


def _groups(match: re.Match[str]) -> dict[str, str]:
    return {name: value or "" for name, value in match.groupdict().items()}


def _kind_and_subject(text: str, kind: str) -> tuple[str, str]:
    """Return what `kind:subject` says, or a bare subject with the kind of its recipe."""
    own, colon, subject = text.partition(":")
    return (own, subject) if colon and own in CAUSE_KINDS else (kind, text or "-")
