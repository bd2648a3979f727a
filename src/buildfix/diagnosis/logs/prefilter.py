"""Finds the few lines of a log that any pattern may match, by their words.

A regular expression cannot match a line without the texts that every match contains, and a line
without the words of a text does not contain the text. Logs repeat the same words, so each word is
judged once, and a line without selective words costs only the lookup of its words.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence, Set
from dataclasses import dataclass
from itertools import chain

from buildfix.diagnosis.logs.literals import (
    Condition,
    condition_of,
    is_selective,
    literal_sets,
    meets,
)
from buildfix.diagnosis.logs.tolerance import plain_pattern

_ANCHOR = 3
"""Number of letters that are searched for in new words."""
_SHORT = 4
"""Words with fewer letters are common in every language."""
_REMEMBERED = 1_000_000
"""How many characters of words are cached before the cache is cleared."""


@dataclass(frozen=True)
class _Text:
    """A text, and the positions of the patterns that need it."""

    text: str
    positions: frozenset[int]


class LiteralIndex:
    """All texts that some patterns need, each under its most selective word.

    A word that is complete within its text is also complete in a line, and is looked up; a word at
    the edge of its text may be part of a longer word in a line, and is searched for.
    """

    def __init__(self, patterns: Iterable[str], ordinary: Iterable[str]):
        """Use these patterns, and `ordinary` lines, whose words are not selective."""
        common = _spaced(chain.from_iterable(line.lower().split() for line in ordinary))
        self._conditions = [condition_of(plain_pattern(pattern)) for pattern in patterns]
        positions: dict[str, set[int]] = defaultdict(set)
        for at, condition in enumerate(self._conditions):
            for text in _most_telling(condition, common):
                positions[text].add(at)
        self._known = frozenset(chain.from_iterable(positions.values()))
        self._wholes: dict[str, list[_Text]] = defaultdict(list)
        self._parts: dict[str, list[_Text]] = defaultdict(list)
        for text, needed in positions.items():
            key = _key(text, common)
            texts = self._wholes[key.strip()] if _is_whole(key) else self._parts[key]
            texts.append(_Text(text, frozenset(needed)))
        self._anchors = _by_anchor(self._parts, common)

    def knows(self, position: int) -> bool:
        """Return whether there are texts that find lines for this pattern."""
        return position in self._known

    def may_match(self, position: int, line: str) -> bool:
        """Return whether a line, in lower case, contains all that a pattern needs."""
        return meets(line, self._conditions[position])

    def meanings(self, words: Set[str]) -> dict[str, list[_Text]]:
        """Return the selective words, with the texts that they may belong to."""
        plain = {word for word in words if word.isascii()}
        told: dict[str, list[_Text]] = defaultdict(list)
        # Apart from the others, since text of one byte a letter is searched twice as fast.
        for some in filter(None, (plain, words - plain)):
            for word, parts in self._anchored(_spaced(some)):
                for part in parts:
                    if part in word:
                        told[word.strip(" ")] += self._parts[part]
        for whole in self._wholes.keys() & words:
            told[whole] += self._wholes[whole]
        return told

    def _anchored(self, spaced: str) -> Iterator[tuple[str, list[str]]]:
        """Yield words, between blanks, in which an anchor stands, with the parts that it is of."""
        for anchor, parts in self._anchors.items():
            at = spaced.find(anchor)
            while at >= 0:
                end = spaced.find(" ", at + 1) + 1
                yield spaced[spaced.rfind(" ", 0, at + 1) : end], parts
                at = spaced.find(anchor, end - 1)


class Prefilter:
    """Says which patterns may match the lines of one log."""

    def __init__(self, lexicon: LiteralIndex):
        self._lexicon = lexicon
        self._idle: set[str] = set()
        """Words that are of no text."""
        self._meanings: dict[str, list[_Text]] = {}
        """Words that are not idle."""
        self._size = 0

    def telling(self, lines: Sequence[str]) -> Iterator[tuple[int, Set[str]]]:
        """Yield the index of each line with selective words, and these words."""
        rows = list(map(str.split, lines))
        telling = self._telling(set(chain.from_iterable(rows)))
        if telling:
            for index, row in enumerate(rows):
                if not telling.isdisjoint(row):
                    yield index, telling.intersection(row)

    def forget(self) -> None:
        """Clear the cache if it is large; what `telling` yielded before must not be used later."""
        if self._size > _REMEMBERED:
            self._idle, self._meanings, self._size = set(), {}, 0

    def positions(self, line: str, telling: Iterable[str]) -> list[int]:
        """Return which patterns may match a line, in order, given its selective words."""
        positions: set[int] = set()
        for text in chain.from_iterable(map(self._meanings.__getitem__, telling)):
            if text.text in line:
                positions |= text.positions
        return sorted(at for at in positions if self._lexicon.may_match(at, line))

    def _telling(self, words: set[str]) -> set[str]:
        """Return the selective words."""
        new = words - self._idle - self._meanings.keys()
        if new:
            meanings = self._lexicon.meanings(new)
            self._meanings |= meanings
            self._idle |= new - meanings.keys()
            self._size += sum(map(len, new))
        return words & self._meanings.keys()


def _most_telling(condition: Condition, common: str) -> frozenset[str]:
    """Return texts, one of which is in every match, with as few common words as possible."""

    def worth(texts: frozenset[str]) -> tuple[bool, int, int]:
        found = sum(_found(_key(text, common), common) for text in texts if text.strip())
        return is_selective(texts), -found, min(map(len, texts))

    best = max(literal_sets(condition, worth), key=worth, default=frozenset[str]())
    return best if is_selective(best) else frozenset()


def _spaced(words: Iterable[str]) -> str:
    """Return words in one text, each between blanks of its own."""
    return f" {'  '.join(words)} "


def _key(text: str, common: str) -> str:
    """Return the most selective word of a text, with a blank at each end that ends the word."""
    words = text.split()
    before = ["" if text.startswith(words[0]) else " ", *(" " for _ in words[1:])]
    after = [*(" " for _ in words[1:]), "" if text.endswith(words[-1]) else " "]
    keys = map("".join, zip(before, words, after, strict=True))
    return min(keys, key=lambda key: (_found(key, common), not _is_whole(key), -len(key), key))


def _found(key: str, common: str) -> int:
    """Return how often a word occurs among common ones; short words count once more."""
    return common.count(key) + (len(key.strip()) < _SHORT)


def _by_anchor(parts: Iterable[str], common: str) -> dict[str, list[str]]:
    """Return parts of words by what is searched for: three letters that many of them share.

    Letters that common words contain as well find more than they should.
    """
    pieces = {
        part: {part[at : at + _ANCHOR] for at in range(max(len(part) - _ANCHOR, 0) + 1)}
        for part in parts
    }
    shared = Counter(chain.from_iterable(pieces.values()))
    worth = {piece: count / (1 + common.count(piece)) for piece, count in shared.items()}
    best = {part: max(of_it, key=lambda one: (worth[one], one)) for part, of_it in pieces.items()}
    found: dict[str, list[str]] = {}
    for part in sorted(parts, key=lambda one: (-worth[best[one]], one)):
        anchor = next((one for one in found if one in part), best[part])
        found.setdefault(anchor, []).append(part)
    return found


def _is_whole(key: str) -> bool:
    return key[0] == key[-1] == " "
