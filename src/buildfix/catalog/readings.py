"""`recipes/readings.toml` as types: what a line of each kind of cause says, and of what."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import chain
from typing import Literal

from buildfix.catalog.stored import LazyPattern, Problem
from buildfix.core.light_dataclass import dataclass

Source = Literal["vocabulary", "named", "word", "placed", "around", "none"]
"""Where a subject comes from: `vocabulary`, a known name in the place for it; `named`, the line's
words mean it; `word`, a known name elsewhere in the line; `placed`, what stands in the place for
it, be it a name or not; `around`, the lines before or a fact of the log; `none`: there is none."""

_WORD = re.compile(r"[\w.+/-]{2,60}")


@dataclass(frozen=True)
class SubjectPattern:
    """Where a line names the subject of a cause: a group `subject`, or `named` in its place."""

    pattern: LazyPattern
    named: str = ""

    def __post_init__(self) -> None:
        if not self.named and "(?P<subject>" not in self.pattern.pattern:
            raise Problem("is missing the group `subject`, or the key `named`", "pattern")

    def found_in(self, line: str) -> Iterator[str]:
        """Yield the subjects that a line names."""
        for match in self.pattern.finditer(line):
            yield self.named or match["subject"] or ""


@dataclass(frozen=True)
class SubjectFact:
    """A fact of the log whose value is the subject, or `named` in its place."""

    fact: str
    named: str = ""


@dataclass(frozen=True)
class Spelling:
    """What of a subject is written as `text` in its place."""

    pattern: re.Pattern[str]
    text: str = ""


@dataclass(frozen=True)
class GeneralRemedy:
    """What a person can do about a kind of cause, or why nothing can be done, where it fits."""

    text: str
    subjects: tuple[str, ...] = ()
    """Subjects for which it is, `*` for any text; empty: all."""
    systems: tuple[str, ...] = ()
    """As the fact `system` of a log says; `linux` is any of them."""
    fronts: tuple[str, ...] = ()
    """As the fact `front` says; a log without one is pip's."""
    pythons: tuple[str, ...] = ()
    """Whose Python it is, as the fact `managed` says; `system` if it says nothing."""


@dataclass(frozen=True)
class ReadingWords:
    """The sentence for a kind of cause, and where a log names its subject."""

    kind: str
    says: str
    subjects: tuple[SubjectPattern, ...]
    """In the line, if only the model recognizes it."""
    implied: tuple[SubjectPattern, ...] = ()
    """In the line, whoever recognizes it without its subject."""
    before: tuple[SubjectPattern, ...] = ()
    """In the lines before it, the last one first."""
    facts: tuple[SubjectFact, ...] = ()
    never: frozenset[str] = frozenset()
    """What is no subject, though it stands where one is expected; in lower case."""
    spelling: tuple[Spelling, ...] = ()
    lower: bool = False
    """Whether subjects are in lower case, as a log writes them in any."""
    remedies: tuple[GeneralRemedy, ...] = ()
    """What to do if no recipe of a cause's own says it; the first that fits."""

    @property
    def may_be_nameless(self) -> bool:
        """Whether a cause of the kind needs no subject."""
        return any(one.named == "-" for one in self.subjects)

    def subject(self, line: str, known: Callable[[str], bool]) -> tuple[str, Source] | None:
        """Return what a line names as the subject, and where it stands; None if nothing.

        A subject that is `known` comes before one that only stands in the right place.
        """
        patterns = (*self.subjects, *self.implied)
        placed = [(name, one) for one in patterns for name in self._named([one], line)]
        for name, one in placed:
            if known(name):
                return name, "named" if one.named else "vocabulary"
        words = (word.strip(".") for word in _WORD.findall(line))
        if word := next(filter(known, words), None):
            return word, "word"
        return next(((name, "named" if one.named else "placed") for name, one in placed), None)

    def is_subject(self, text: str) -> bool:
        """Return whether a text names something."""
        return text not in ("", "-") and text.lower() not in self.never

    def implied_by(self, line: str, preceding: Sequence[str], facts: Mapping[str, str]) -> str:
        """Return the subject of a line that does not name it where expected; empty if unknown."""
        told = (one.named or facts[one.fact] for one in self.facts if facts.get(one.fact))
        around = (name for one in reversed(preceding) for name in self._named(self.before, one))
        return next(chain(self._named(self.implied, line), around, told), "")

    def spelled(self, subject: str) -> str:
        """Return a subject as the contract writes it."""
        for one in self.spelling:
            subject = one.pattern.sub(one.text, subject)
        return subject.lower() if self.lower else subject

    def _named(self, patterns: Iterable[SubjectPattern], line: str) -> Iterator[str]:
        return (name for one in patterns for name in one.found_in(line) if self.is_subject(name))
