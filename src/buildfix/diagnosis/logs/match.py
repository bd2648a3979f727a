"""Matches a log's lines against everything known about log lines."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from typing import NamedTuple

from buildfix.catalog import Knowledge
from buildfix.catalog.grammars import Form
from buildfix.catalog.schema import CausePattern, Mark, Suppressed
from buildfix.catalog.stored import LazyPattern
from buildfix.core import Cause
from buildfix.diagnosis.grammars import Grammar
from buildfix.diagnosis.logs.certainty import confidence
from buildfix.diagnosis.logs.facts import Facts
from buildfix.diagnosis.logs.margins import without_escapes, without_stamps
from buildfix.diagnosis.logs.patterns import (
    WEIGHT_ORDER,
    Pattern,
    boring_lines,
    prepared,
    text_of,
)
from buildfix.diagnosis.logs.prefilter import Prefilter
from buildfix.diagnosis.logs.rows import Row, Rows
from buildfix.diagnosis.logs.subjects import (
    LINES_BEFORE,
    LINES_THEN,
    kind_and_subject,
    spelled,
    what_follows,
    words_of,
)
from buildfix.diagnosis.logs.tolerance import plain, search, tolerant


class Found(NamedTuple):
    """What a line means: causes, a mark of the installer, or both."""

    number: int
    """The line's number, from 1."""
    causes: tuple[Cause, ...] = ()
    order: int = 0
    """The priority of the causes; lower is more important."""
    mark: Mark | None = None
    title: str = ""
    project: str | None = None
    stream: str = ""
    """Which of several interleaved outputs it belongs to."""
    runs: frozenset[str] = frozenset()
    """What runs, by the line: as `kind:subject` of its absence."""

    @property
    def may_be_part(self) -> bool:
        """Return whether the line may mean more together with the next one."""
        if self.mark and self.mark.mark != "failure" and not self.causes:
            return False
        vague = self.order == WEIGHT_ORDER["hint"]
        return vague or not self.causes or self.causes[0].kind in _VAGUE


Matches = tuple[tuple[Pattern, re.Match[str]], ...]

_VAGUE = frozenset(
    {"unknown", "source-error", "permission", "disk-full", "runtime-library-missing"}
)
_QUOTED_NEWLINE = "\\n"
_FEWEST_QUOTED = 5
"""In a line with fewer quoted ends of lines they are those of a command, not of its output."""
_REMEMBERED = 2048
"""How many lines' matches are cached before the cache is cleared."""
_BROKEN = 512
"""How many pairs of lines are cached that may be one broken line."""


class Scanner:
    """Says what each line means, block after block in the order of the log."""

    def __init__(self, knowledge: Knowledge):
        """Prepare all patterns of `knowledge`; raises RecipeError."""
        self._both = lru_cache(maxsize=_BROKEN)(self._matches_of_both)
        self._canonical = lru_cache(maxsize=_REMEMBERED)(knowledge.canonical)
        self._recipes = knowledge.causes
        self._words = knowledge.reading_words
        self._grammar = Grammar(knowledge)
        self._patterns, lexicon = prepared(knowledge)
        self._sieve = Prefilter(lexicon)
        self._boring = boring_lines(knowledge)
        self._rows = Rows(self._boring)
        self._wide = [
            one
            for position, one in enumerate(self._patterns)
            if isinstance(one, CausePattern) and not lexicon.knows(position)
        ]
        self._before = ""
        """The last line of the block before."""
        self._looked = 0
        """The number of the last line that was looked at."""
        self._reach = 0
        """The last line on which a wide pattern may be tried."""
        self._remembered: dict[str, Matches] = {}
        self._seen: dict[LazyPattern, tuple[int, re.Match[str]]] = {}
        self._facts = Facts(knowledge.causes.facts)

    @property
    def facts(self) -> tuple[tuple[str, str], ...]:
        """What the lines so far tell of the system, the front end and the Python."""
        return tuple((name, value) for name, value in self._facts.known.items() if value)

    def scan(self, first: int, block: str, following: Sequence[str] = ()) -> Iterator[Found]:
        """Yield what the lines of a block mean; `first` is the number of its first line.

        `following` are the lines after it, for patterns that look ahead.
        """
        self._sieve.forget()
        block = without_escapes(block)
        told = without_stamps(block)
        self._facts.learn(told)
        lines = block.split("\n")
        shown = [self._before, *lines, *following]
        telling = plain(self._boring.sub("", told)).lower().split("\n")
        for index, positions in self._worth_a_look(first, telling):
            number = first + index
            row = self._rows.row(lines[index])
            matches = self._matches(number, row, positions)
            found = _mark_alone(number, row, matches)
            if found:
                self._looked = number
                yield found
                continue
            if matches or _QUOTED_NEWLINE in row.text:
                line = _Line(number, row.text, row.stream, index + 1, shown)
                found = self._look(line, matches) if matches else None
                if found is None or found.may_be_part:
                    found = self._quoted(line, found) or found
            if found is None or found.may_be_part:
                found = self._wrapped(number, index + 1, shown, found) or found
            self._looked = number
            if found and (found.mark or found.causes or found.runs):
                yield found
        self._before = lines[-1]

    def _worth_a_look(
        self, first: int, lines: Sequence[str]
    ) -> Iterator[tuple[int, tuple[int, ...]]]:
        """Yield lines with the patterns that may match, and lines that a wide pattern may match.

        A wide pattern has no text to search for; it is only tried on the lines after its context.
        """
        index = 0
        for at, positions in self._sieve.telling(lines):
            if self._reach >= first + index:
                yield from self._reached(first, index, at)
            yield at, positions
            index = at + 1
        yield from self._reached(first, index, len(lines))

    def _reached(self, first: int, start: int, end: int) -> Iterator[tuple[int, tuple[int, ...]]]:
        return ((index, ()) for index in range(start, min(end, self._reach - first + 1)))

    def _look(self, line: _Line, matches: Matches) -> Found:
        """Return what a line means, given all its matches."""
        mark: Mark | None = None
        groups: dict[str, str] = {}
        causes: tuple[Cause, ...] = ()
        runs: frozenset[str] = frozenset()
        order = least = 0
        for one, match in matches:
            if isinstance(one, Mark) and one.things:
                runs |= one.things
            elif isinstance(one, Mark):
                mark, groups = (mark, groups) if mark else (one, match.groupdict(""))
            elif isinstance(one, Suppressed):
                if one.weight is None:
                    break
                least = WEIGHT_ORDER[one.weight]
            elif isinstance(one, LazyPattern):
                self._enter(one, match, line.number)
            else:
                causes, order = self._told(one, match, line)
                if causes:
                    break
        return Found(
            line.number,
            causes,
            max(order, least),
            mark=mark,
            title=groups.get("title", ""),
            project=groups.get("project") or None,
            stream=line.stream,
            runs=runs,
        )

    def _quoted(self, line: _Line, found: Found | None) -> Found | None:
        """Return the weightiest of what a line means that quotes other lines, as JSON does."""
        if line.text.count(_QUOTED_NEWLINE) < _FEWEST_QUOTED:
            return None
        parts = [part.strip() for part in line.text.split(_QUOTED_NEWLINE)]
        read: list[Found] = []
        folded = [plain(part).lower() for part in parts]
        for at, positions in self._sieve.telling(folded):
            if not self._boring.match(parts[at]):
                matches = tuple(self._matching(parts[at], positions))
                read.append(self._look(line._replace(text=parts[at]), matches))
        best = min((one for one in read if one.causes), key=lambda one: one.order, default=None)
        return best and (found or best)._replace(causes=best.causes, order=best.order)

    def _wrapped(
        self, number: int, at: int, shown: Sequence[str], found: Found | None
    ) -> Found | None:
        """Return what a line means together with the next one, or with the one before it."""
        joined = self._joined(number, at, shown)
        if joined and found:
            return found._replace(causes=joined.causes, order=joined.order)
        if joined or (found and (found.causes or found.mark)) or self._looked == number - 1:
            return joined
        return self._joined(number - 1, at - 1, shown)

    def _joined(self, number: int, at: int, shown: Sequence[str]) -> Found | None:
        """Return what a line and the next one mean, if only both together mean it."""
        if at + 1 == len(shown) or not self._rows.is_broken(shown, at):
            return None
        row, below = self._rows.row(shown[at]), self._rows.row(shown[at + 1])
        line = _Line(number, row.text, row.stream, at, shown)
        for one, match in self._both(row.text, below.text):
            if isinstance(one, Suppressed):
                return None
            if isinstance(one, CausePattern) and self._in_context(one, line):
                causes = self._causes(one, match, line)
                return Found(number, causes, WEIGHT_ORDER[one.weight], stream=row.stream)
        return None

    def _matches_of_both(self, text: str, rest: str) -> Matches:
        """Return the matches that begin in a line and end in its rest, and what is suppressed."""
        joined, end, rest = f"{text} {rest}", len(plain(text)), plain(rest)
        found = []
        for _, positions in self._sieve.telling([plain(joined).lower()]):
            for one, match in self._matching(joined, positions):
                spans = match.start() < end < match.end() - 1 and not match.re.search(rest)
                if spans or isinstance(one, Suppressed):
                    found.append((one, match))
        return tuple(found)

    def _matches(self, number: int, row: Row, positions: Sequence[int]) -> Matches:
        """Return the matches of a line, of the patterns that may match it and of the wide ones."""
        matches = self._remembered.get(row.text)
        if matches is None:
            if len(self._remembered) == _REMEMBERED:
                self._remembered.clear()
            possible = positions and not row.is_boring
            matches = tuple(self._matching(row.text, positions)) if possible else ()
            self._remembered[row.text] = matches
        reached = number <= self._reach
        return (*matches, *self._wide_matches(number, row.text)) if reached else matches

    def _matching(
        self, text: str, positions: Iterable[int]
    ) -> Iterator[tuple[Pattern, re.Match[str]]]:
        """Yield the matches of a line, up to the first one after which nothing else counts."""
        text = plain(text)
        for position in positions:
            one = self._patterns[position]
            match = tolerant(text_of(one)).search(text)
            if match:
                yield one, match
                if _is_last_word(one):
                    return

    def _wide_matches(self, number: int, text: str) -> Iterator[tuple[CausePattern, re.Match[str]]]:
        for one in self._wide:
            if one.after in self._seen and self._seen[one.after][0] < number:
                match = search(one.pattern, text)
                if match:
                    yield one, match

    def _enter(self, context: LazyPattern, match: re.Match[str], number: int) -> None:
        """Record that a line was the context that causes require."""
        self._seen[context] = (number, match)
        reaches = (number + one.within for one in self._wide if one.after == context)
        self._reach = max([self._reach, *reaches])

    def _in_context(self, recipe: CausePattern, line: _Line) -> bool:
        """Return whether the lines around one are as its recipe requires."""
        if recipe.only_then and what_follows(recipe, line.following) is None:
            return False
        if recipe.after is None:
            return True
        before = self._seen.get(recipe.after)
        return before is not None and line.number - before[0] <= recipe.within

    def _told(
        self, one: CausePattern | Form, match: re.Match[str], line: _Line
    ) -> tuple[tuple[Cause, ...], int]:
        """Return the causes that a pattern or a form tells in a line, and their order."""
        if isinstance(one, CausePattern):
            here = self._in_context(one, line)
            return (self._causes(one, match, line) if here else ()), WEIGHT_ORDER[one.weight]
        readings = self._grammar.readings(one, match, line.text, line.following, self._facts.known)
        causes = tuple(
            Cause(
                *self._spelled(read.meaning.kind, read.subject, line),
                line.number,
                line.text,
                *read.rest,
                confidence(read.meaning.kind, read.weight, by_form=True),
            )
            for read in readings
        )
        return causes, WEIGHT_ORDER[readings[0].weight] if readings else 0

    def _spelled(self, kind: str, subject: str, line: _Line) -> tuple[str, str]:
        words = self._words.get(kind)
        return spelled(words, kind, subject, line.text, self._facts.known, line.preceding)

    def _causes(self, recipe: CausePattern, match: re.Match[str], line: _Line) -> tuple[Cause, ...]:
        context = self._seen[recipe.after][1] if recipe.after else None
        told, required = words_of(recipe, match, context, line.following, self._facts.known)
        named = (self._canonical(*kind_and_subject(one, recipe.kind)) for one in told)
        return tuple(
            Cause(
                *self._spelled(kind, subject, line),
                line.number,
                line.text,
                required,
                recipe.name,
                confidence(kind, recipe.weight),
            )
            for kind, subject in named
        )


def _mark_alone(number: int, row: Row, matches: Matches) -> Found | None:
    """Return what a line means that is a mark of an installer, and nothing else.

    Most of the lines that are looked at are such: this is the quicker way to what `_look` says.
    """
    if len(matches) != 1:
        return None
    [(mark, match)] = matches
    if not isinstance(mark, Mark) or mark.things or mark.mark == "failure":
        return None
    groups = match.groupdict("")
    title, project = groups.get("title", ""), groups.get("project") or None
    return Found(number, mark=mark, title=title, project=project, stream=row.stream)


def _is_last_word(one: Pattern) -> bool:
    """Return whether no later pattern counts for a line that this one matches."""
    if isinstance(one, Suppressed):
        return one.weight is None
    return isinstance(one, CausePattern) and one.after is None


class _Line(NamedTuple):
    """A line out of its margin, and where it stands among the raw ones."""

    number: int
    text: str
    stream: str
    at: int
    shown: Sequence[str]

    @property
    def following(self) -> Sequence[str]:
        return self.shown[self.at + 1 : self.at + 1 + LINES_THEN]

    @property
    def preceding(self) -> Sequence[str]:
        return self.shown[max(0, self.at - LINES_BEFORE) : self.at]
