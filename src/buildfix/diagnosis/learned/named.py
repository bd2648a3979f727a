"""What a line names as the cause if it tells one of a kind, and how it comes to that name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from buildfix.catalog import Knowledge
from buildfix.catalog.readings import Source
from buildfix.diagnosis.learned.model import Reading
from buildfix.diagnosis.logs.subjects import LINES_BEFORE, spelled


@dataclass(frozen=True)
class Named:
    """A cause as a line names it."""

    kind: str
    subject: str
    source: Source


def named(
    reading: Reading, lines: Sequence[str], facts: Mapping[str, str], knowledge: Knowledge
) -> Named | None:
    """Return the cause that a reading of a log's lines names; None if it names none."""
    words, text = knowledge.reading_words.get(reading.kind), lines[reading.index]
    if words is None:
        return None

    def known(subject: str) -> bool:
        is_word = subject.lower() in knowledge.grammars.mere_words
        return not is_word and knowledge.capability(reading.kind, subject) is not None

    found, source = words.subject(text, known) or ("-", "none")
    before = lines[max(0, reading.index - LINES_BEFORE) : reading.index]
    kind, subject = spelled(words, *knowledge.canonical(reading.kind, found), text, facts, before)
    if subject == "-" and not words.may_be_nameless:
        return None
    return Named(kind, subject, "around" if found == "-" != subject else source)
