"""`recipes/readings.toml` as types: what a line of each kind of cause says, and of what."""

from __future__ import annotations

import re
from collections.abc import Callable

from buildfix.catalog.stored import Problem
from buildfix.core.light_dataclass import dataclass

_WORD = re.compile(r"[\w.+/-]{2,60}")


@dataclass(frozen=True)
class SubjectPattern:
    """Where a line names the subject of a cause: a group `subject`, or `named` in its place."""

    pattern: re.Pattern[str]
    named: str = ""

    def __post_init__(self) -> None:
        if not self.named and "subject" not in self.pattern.groupindex:
            raise Problem("is missing the group `subject`, or the key `named`", "pattern")


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
    """The sentence for a kind of cause, and its subject, if only the model recognizes it."""

    kind: str
    says: str
    subjects: tuple[SubjectPattern, ...]
    remedies: tuple[GeneralRemedy, ...] = ()
    """What to do if no recipe of a cause's own says it; the first that fits."""

    def subject(self, line: str, known: Callable[[str], bool]) -> str | None:
        """Return what a line names as the subject; None if nothing.

        A subject that is `known` comes before one that only stands in the right place.
        """
        placed = [
            one.named or match["subject"]
            for one in self.subjects
            for match in one.pattern.finditer(line)
        ]
        words = (word.strip(".") for word in _WORD.findall(line))
        found = next(filter(known, (*placed, *words)), None)
        return found or next(iter(placed), None)
