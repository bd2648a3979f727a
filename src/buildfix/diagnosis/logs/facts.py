"""Learns what a log tells of its system, its front end and its Python, from its first blocks."""

from __future__ import annotations

import re
from collections.abc import Sequence

from buildfix.catalog.schema import Fact
from buildfix.diagnosis.logs.literals import literals_of

_TELLING = 8
"""In how many blocks at the beginning of a log facts are looked for."""


class Facts:
    """The facts of one log, as far as it has been read."""

    def __init__(self, recipes: Sequence[Fact]):
        """Look for these facts; of those with one name the first counts that a block tells."""
        self.known = {fact.name: "" for fact in recipes}
        self._blocks = 0
        self._sought = [(fact, literals_of(fact.pattern.pattern)) for fact in recipes]
        self._words: set[str] = set()
        """All words so far."""
        self._absent = {text: _longest_word(text) for _, texts in self._sought for text in texts}
        """Texts that no block so far can contain, since a word of theirs was in none."""

    def learn(self, block: str) -> None:
        """Record the first value in a block of each fact that is not known yet."""
        self._blocks += 1
        if self._blocks > _TELLING:
            return
        self._sought = [one for one in self._sought if not self.known[one[0].name]]
        folded = block.lower()
        self._look_at(set(folded.split()))
        for fact, texts in self._sought:
            if self.known[fact.name]:
                continue
            if any(text not in self._absent and text in folded for text in texts):
                match = re.search(fact.pattern.pattern, block, re.MULTILINE)
                self.known[fact.name] = fact.value.format(**match.groupdict()) if match else ""

    def _look_at(self, words: set[str]) -> None:
        """Record which texts may stand here or later, given the words of a block.

        Logs repeat their words, so the new ones are far less text than the block.
        """
        new = " ".join(words - self._words)
        self._words |= words
        for text in [text for text, word in self._absent.items() if word in new]:
            del self._absent[text]


def _longest_word(text: str) -> str:
    return max(text.split(), key=len, default="")
