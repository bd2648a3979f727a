"""Finds the few lines of a log that any pattern may match, by their words.

A regular expression cannot match a line without the texts that every match contains, and a line
without the words of a text does not contain the text. Logs repeat the same words, so each word is
judged once, and a line without selective words costs only the lookup of its words.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from itertools import chain
from typing import NamedTuple

from buildfix.diagnosis.logs.literals import Alternative, Texts, alternatives, is_selective
from buildfix.diagnosis.logs.tolerance import plain_pattern

_ANCHOR = 3
"""Number of letters that are searched for in new words."""
_SHORT = 4
"""Words with fewer letters are common in every language."""
_REMEMBERED = 1_000_000
"""How many characters of words are cached before the cache is cleared."""
_LINES_REMEMBERED = 20_000
"""How many lines, and groups of words of one line, are cached before that."""
_LONGEST_REMEMBERED = 200
"""How many characters a line has at most that is cached."""
_ARTICLES = frozenset({"the", "a", "an"})
"""They are in lines, and not in the texts."""
_QUOTED_NEWLINE = "\\n"
_MARGIN = " \t>|│┃"
"""What boxes and quotations begin and end a line with."""
_IN_MOST_LINES = frozenset(" .:/-_")
"""Texts that it is useless to look for."""

Needed = Sequence[Sequence[str]]
"""Texts; a line contains one of each."""
FoundBy = Sequence[tuple[Sequence[str], Needed]]
"""For each alternative of a pattern, the texts that it is found by, and what else a line needs."""


class _Text(NamedTuple):
    """A text, and the patterns found by it: their positions, and what else each needs."""

    text: str
    patterns: Sequence[tuple[int, Needed]]


class _Together(NamedTuple):
    """The texts that the selective words of one line may belong to."""

    texts: tuple[_Text, ...]
    inner: tuple[str, ...]
    """The texts without blanks at their ends: there a line may be broken."""
    heads: tuple[str, ...]
    """Words of the texts after which a line may be broken; a text may begin within a word."""

    def may_be_broken(self, last: str, before: Sequence[str]) -> bool:
        """Return whether one of the texts may be broken after a line's last word, or before it."""
        if last.endswith(self.heads) or last in _ARTICLES:
            return True
        return bool(before) and (before[-1].endswith(self.heads) or before[-1] in _ARTICLES)


class Known(NamedTuple):
    """What is known of patterns, given certain ordinary lines."""

    found: Mapping[str, FoundBy]
    """By pattern, what it is found by."""
    keys: Mapping[str, str]
    """By text, its most selective word."""


def known_of(patterns: Iterable[str], common: str) -> Known:
    """Return what takes long to find of patterns, given the words of ordinary lines."""
    found = {pattern: found_by(pattern, common) for pattern in patterns}
    texts = chain.from_iterable(texts for one in found.values() for texts, _ in one)
    return Known(found, {text: _key(text, common) for text in texts})


class LiteralIndex:
    """All texts that some patterns need, each under its most selective word.

    A word that is complete within its text is also complete in a line, and is looked up; a word at
    the edge of its text may be part of a longer word in a line, and is searched for.
    """

    def __init__(
        self,
        patterns: Iterable[str],
        ordinary: Iterable[str],
        known: Known | None = None,
    ):
        """Use these patterns, and `ordinary` lines, whose words are not selective.

        `known` is what took long to find for some of the patterns and these lines.
        """
        common = words_of(ordinary)
        known = known or Known({}, {})
        by_text: dict[str, list[tuple[int, Needed]]] = defaultdict(list)
        for at, pattern in enumerate(patterns):
            found = known.found.get(pattern)
            if found is None:
                found = found_by(pattern, common)
            for texts, rest in found:
                for text in texts:
                    by_text[text].append((at, rest))
        self._known = frozenset(at for needing in by_text.values() for at, _ in needing)
        self._wholes: dict[str, list[_Text]] = defaultdict(list)
        self._parts: dict[str, list[_Text]] = defaultdict(list)
        for text, needing in by_text.items():
            key = known.keys.get(text) or _key(text, common)
            of_key = self._wholes[key.strip()] if _is_whole(key) else self._parts[key]
            of_key.append(_Text(text, needing))
        self._anchors = _by_anchor(self._parts, common)

    def knows(self, position: int) -> bool:
        """Return whether there are texts that find lines for this pattern."""
        return position in self._known

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
        self._together: dict[Set[str], _Together] = {}
        self._remembered: dict[str, tuple[int, ...]] = {}
        """Lines that some pattern may match."""

    def telling(self, lines: Sequence[str]) -> Iterator[tuple[int, tuple[int, ...]]]:
        """Yield the index of each line to look at, with the patterns that may match it, in order.

        There are none where a text may be broken: its rest is in the next line, or it began in the
        one before.
        """
        rows = list(map(str.split, lines))
        telling = frozenset(self._telling(set(chain.from_iterable(rows))))
        if not telling:
            return
        for index, row in enumerate(rows):
            if telling.isdisjoint(row):
                continue
            line = lines[index]
            positions = self._remembered.get(line)
            if positions is None:
                words = telling.intersection(row)
                positions = self._positions(line, words)
                if positions and len(line) <= _LONGEST_REMEMBERED:
                    self._remembered[line] = positions
                if not positions and index and not self._is_part(lines, rows, index, words):
                    continue
            yield index, positions

    def _is_part(
        self, lines: Sequence[str], rows: Sequence[Sequence[str]], at: int, words: Set[str]
    ) -> bool:
        """Return whether a line that tells nothing alone may tell something with its neighbors."""
        together = self._together.get(words) or self._of(words)
        line, before = lines[at], rows[at - 1]
        if _QUOTED_NEWLINE in line or together.may_be_broken(rows[at][-1], before):
            return True
        for text in together.inner:
            if text in line:
                nearby = " ".join(one.strip(_MARGIN) for one in lines[at - 1 : at + 2])
                return bool(self._positions(nearby, words))
        return False

    def forget(self) -> None:
        """Clear the caches that are large."""
        if self._size > _REMEMBERED or len(self._together) > _LINES_REMEMBERED:
            self._idle, self._meanings, self._size = set(), {}, 0
            self._together = {}
        if len(self._remembered) > _LINES_REMEMBERED:
            self._remembered = {}

    def _positions(self, line: str, telling: Set[str]) -> tuple[int, ...]:
        """Return which patterns may match a line, in order, given its selective words."""
        positions: set[int] = set()
        texts = (self._together.get(telling) or self._of(telling)).texts
        for text, patterns in texts:  # without calls, which take longer than what they do
            if text in line:
                for position, rest in patterns:
                    for either in rest:
                        for one in either:
                            if one in line:
                                break
                        else:
                            break
                    else:
                        positions.add(position)
        return tuple(sorted(positions))

    def _of(self, words: Set[str]) -> _Together:
        """Return the texts that selective words may belong to."""
        of_words = chain.from_iterable(map(self._meanings.__getitem__, words))
        texts = {one.text: one for one in of_words}
        inner = tuple(text.strip() for text in texts)
        heads = chain.from_iterable(text.split()[:-1] for text in inner)
        together = _Together(tuple(texts.values()), inner, tuple(dict.fromkeys(heads)))
        self._together[words] = together
        return together

    def _telling(self, words: set[str]) -> set[str]:
        """Return the selective words."""
        new = words - self._idle - self._meanings.keys()
        if new:
            meanings = self._lexicon.meanings(new)
            self._meanings |= meanings
            self._idle |= new - meanings.keys()
            self._size += sum(map(len, new))
        return words & self._meanings.keys()


def words_of(lines: Iterable[str]) -> str:
    """Return the words of ordinary lines, each between blanks of its own."""
    return _spaced(chain.from_iterable(line.lower().split() for line in lines))


def found_by(pattern: str, common: str) -> FoundBy:
    """Return the texts by which a pattern is found, given the words of ordinary lines.

    Empty if an alternative has no selective text.
    """
    chosen = tuple(_most_telling(one, common) for one in alternatives(plain_pattern(pattern)))
    return chosen if all(texts for texts, _ in chosen) else ()


def _most_telling(alternative: Alternative, common: str) -> tuple[tuple[str, ...], Needed]:
    """Return the texts with the least common words, and the others."""

    def worth(texts: Texts) -> tuple[bool, int, int]:
        found = sum(_found(_key(text, common), common) for text in texts if text.strip())
        return is_selective(texts), -found, min(map(len, texts))

    ordered = sorted(alternative, key=worth, reverse=True)
    if not ordered or not is_selective(ordered[0]):
        return (), ()
    rest = (one for one in ordered[1:] if not one & _IN_MOST_LINES)
    return tuple(sorted(ordered[0])), tuple(tuple(sorted(one)) for one in rest)


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
