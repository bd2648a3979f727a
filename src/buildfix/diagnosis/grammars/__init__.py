"""What a sentence means that no pattern knows: its form, and the words that differ in it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import NamedTuple

from buildfix.catalog import Knowledge
from buildfix.catalog.grammars import Form, Meaning, part_of
from buildfix.core import Weight
from buildfix.diagnosis.grammars.compilers import meaning_of_message
from buildfix.diagnosis.grammars.versions import Thing, wrong_version
from buildfix.diagnosis.grammars.vocabulary import Vocabulary
from buildfix.diagnosis.logs.tolerance import plain, tolerant

_LABEL = re.compile(
    r"^(?:\S{1,200}: ?)?(?:[\w.]*(?:Error|Exception|Exit)|ERROR|error|[Ff]atal(?: error)?|FATAL"
    r"|CMake Error\b.{0,200}?|configure: error|#error)\b ?[:(\]]|#error\b"
)
"""How a line begins that says why something stopped."""


class Reading(NamedTuple):
    """What a form means in a line."""

    meaning: Meaning
    subject: str
    required: str | None
    weight: Weight

    @property
    def rest(self) -> tuple[str | None, str]:
        """What is required, and the name of the meaning."""
        return self.required, self.meaning.name


class Grammar:
    """Reads the lines that forms match."""

    def __init__(self, knowledge: Knowledge):
        """Use the forms and words of `knowledge`; raises RecipeError."""
        self._grammars = knowledge.grammars
        self._vocabulary = Vocabulary(knowledge)
        self._guarded = lru_cache(maxsize=512)(self._is_guarded)

    def readings(
        self,
        form: Form,
        match: re.Match[str],
        line: str,
        following: Sequence[str],
        facts: Mapping[str, str],
    ) -> tuple[Reading, ...]:
        """Return what a form means in a line: the first is the line's own cause."""
        if form.tells == "compiler":
            return self._of_compiler(form, match, line, following, facts)
        if self._guarded(line):
            return ()
        weight: Weight = "likely" if _LABEL.search(line) else "hint"
        named = self._named(form, match, facts)
        meanings = ((self._grammars.meaning(form.tells, one.kind), one) for one in named)
        return tuple(
            Reading(meaning, one.subject, one.required, weight)
            for meaning, one in meanings
            if meaning
        )

    def _named(
        self, form: Form, match: re.Match[str], facts: Mapping[str, str]
    ) -> tuple[Thing, ...]:
        """Return the things that a build script says are absent, or of a wrong version."""
        if form.tells == "absent":
            named = self._vocabulary.named(part_of(match, "thing"))
            return tuple(Thing(kind, subject, None) for kind, subject in named)
        version = wrong_version(form.tells, match, self._vocabulary, facts)
        return (version,) if version else ()

    def _of_compiler(
        self,
        form: Form,
        match: re.Match[str],
        line: str,
        following: Sequence[str],
        facts: Mapping[str, str],
    ) -> tuple[Reading, ...]:
        found = meaning_of_message(self._grammars, form, match, line, following)
        if found is None:
            return ()
        meaning, symbol = found
        subject = meaning.subject.format_map({"python": "", **facts, "subject": symbol})
        return (Reading(meaning, subject or "-", meaning.required, meaning.weight),)

    def _is_guarded(self, line: str) -> bool:
        text = plain(line)
        return any(tolerant(one.pattern.pattern).search(text) for one in self._grammars.guards)
