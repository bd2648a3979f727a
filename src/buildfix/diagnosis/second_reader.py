"""Reads a log with the patterns and, where those do not understand it, with the learned model.

A pattern that names one cause is not overruled, only less sure where the model sees its line as
another kind; of several causes the model may choose. The model sees only the end of the log: its
time and memory do not grow with the log.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cached_property

from buildfix.catalog import Knowledge
from buildfix.core import Cause, Diagnosis
from buildfix.diagnosis.learned.model import Model, Reading, load_model
from buildfix.diagnosis.learned.named import Named, named
from buildfix.diagnosis.logs.certainty import SURE, alternatives, among, confirmed
from buildfix.diagnosis.logs.margins import clean, without_escapes
from buildfix.diagnosis.logs.rank import diagnose, explained
from buildfix.diagnosis.logs.shown import surroundings

_KEPT = 1 << 19
"""How many characters of a log's end the model sees, about."""
_CHOOSES = 0.8
"""The confidence from which a reading decides among several causes, or against a mere hint."""
_OVERRULES = 0.7
"""The confidence from which a reading is believed rather than that the source itself is wrong."""
_HINT = 0.5
"""The most that a pattern has which only hints at a cause."""
_NAMED_FROM = 0.25
"""The confidence from which a reading whose subject stands in the line is better than none."""
_OPEN = ("unknown", "source-error")
"""What the patterns say if they do not understand a failure."""


class _Tail:
    """Passes on the pieces of a text, and keeps the last ones."""

    def __init__(self, pieces: Iterable[str]):
        self._pieces = pieces
        self._kept: deque[str] = deque()
        self._size = 0
        self._first = 1
        """The number of the line in which what is kept begins."""

    def __iter__(self) -> Iterator[str]:
        for piece in self._pieces:
            self._kept.append(piece)
            self._size += len(piece)
            while self._size - len(self._kept[0]) > _KEPT:
                dropped = self._kept.popleft()
                self._size -= len(dropped)
                self._first += dropped.count("\n")
            yield piece

    def lines(self) -> tuple[int, list[str]]:
        """Return the number of the first whole line that is kept, and the lines without margins."""
        text = without_escapes("".join(self._kept).removesuffix("\n"))
        lines = [clean(line) for line in text.split("\n")]
        return (self._first, lines) if self._first == 1 else (self._first + 1, lines[1:])


class _Readings:
    """What the model says of a log, found out when it is asked for."""

    def __init__(self, model: Model, tail: _Tail, facts: Mapping[str, str], knowledge: Knowledge):
        self.model = model
        self._tail, self._facts, self._knowledge = tail, facts, knowledge

    @cached_property
    def best_first(self) -> tuple[Cause, ...]:
        """The readings as causes; unknown if one names no subject."""
        first, lines = self._tail.lines()
        causes = [
            _cause(self.model, one, lines, first, named(one, lines, self._facts, self._knowledge))
            for one in self.model.readings(lines)
        ]
        found: dict[tuple[str, str], Cause] = {}
        for one in sorted(causes, key=lambda one: -one.confidence):
            found.setdefault(one.identity, one)
        return tuple(found.values())


def read_log(pieces: Iterable[str], knowledge: Knowledge) -> Diagnosis:
    """Return what a log says, given as pieces of its text cut anywhere; raises RecipeError."""
    tail = _Tail(pieces)
    first = diagnose(tail, knowledge)
    if first.cause is None or knowledge.model_file is None:
        return first
    model = load_model(knowledge.model_file)
    readings = _Readings(model, tail, dict(first.facts), knowledge)
    return _with_others(_decided(first, first.cause, readings, tail, knowledge), readings)


def _decided(
    first: Diagnosis, cause: Cause, readings: _Readings, tail: _Tail, knowledge: Knowledge
) -> Diagnosis:
    """Return a diagnosis by the patterns or by the model, whichever is to be believed."""
    if cause.kind == "unknown":
        return _named(first, readings.best_first, tail, knowledge)
    if cause.kind == "source-error":
        return _overruled(first, _OVERRULES, readings.best_first, tail, knowledge)
    if cause.confidence <= _HINT:
        return _overruled(first, _CHOOSES, readings.best_first, tail, knowledge)
    if any(one.kind != cause.kind for one in first.also):
        return _chosen(first, readings.best_first, tail, knowledge)
    return _confirmed(first, cause, readings.model)


def _with_others(diagnosis: Diagnosis, readings: _Readings) -> Diagnosis:
    """Return a diagnosis with what the model reads instead, if its cause is not sure."""
    cause = diagnosis.cause
    if cause is None or cause.confidence >= SURE:
        return diagnosis
    likely = (one for one in readings.best_first if one.confidence >= _NAMED_FROM)
    others = alternatives(cause, (*diagnosis.alternatives, *likely))
    return replace(diagnosis, alternatives=others)


def _confirmed(first: Diagnosis, cause: Cause, model: Model) -> Diagnosis:
    """Return a diagnosis whose cause is less sure if the model sees its line as another kind."""
    numbers = [number for number, _ in first.excerpt]
    if cause.line not in numbers:
        return first
    lines = [clean(line) for _, line in first.excerpt]
    kinds = model.kinds_of(lines, numbers.index(cause.line))
    return replace(first, cause=confirmed(cause, kinds.get(cause.kind, 1.0)))


def _chosen(
    first: Diagnosis, readings: tuple[Cause, ...], tail: _Tail, knowledge: Knowledge
) -> Diagnosis:
    """Return a diagnosis with the one of several causes that the model is sure of."""
    best, causes = readings[0], [one for one in (first.cause, *first.also) if one]
    same = [one for one in causes if (one.kind, one.line) == (best.kind, best.line)]
    if not same or best.confidence < _CHOOSES or same[0] == causes[0]:
        return first
    cause = among(same[0], causes)
    chosen = replace(
        _shown(first, cause, tail),
        cause=cause,
        also=tuple(one for one in causes if one is not same[0]),
        alternatives=alternatives(cause, causes),
    )
    return explained(chosen, cause, knowledge)


def _cause(
    model: Model, reading: Reading, lines: Sequence[str], first: int, found: Named | None
) -> Cause:
    """Return a reading as a cause; unknown if it names nothing."""
    number, text = first + reading.index, lines[reading.index]
    if found is None:
        return Cause("unknown", "-", number, text, confidence=0.0, by="model")
    sure = model.confidence(reading, found.source)
    return Cause(found.kind, found.subject, number, text, confidence=sure, by="model")


def _is_library(cause: Cause, knowledge: Knowledge) -> bool:
    kinds = ("dependency-missing", "library-missing")
    return any(knowledge.capability(kind, cause.subject) for kind in kinds)


def _overruled(
    first: Diagnosis,
    least: float,
    readings: tuple[Cause, ...],
    tail: _Tail,
    knowledge: Knowledge,
) -> Diagnosis:
    """Return a diagnosis that is a guess, unless the model is sure of another cause."""
    best = next(iter(readings), None)
    if best is None or best.kind in _OPEN or best.confidence < least:
        return first
    if best.kind.startswith("library-") and not _is_library(best, knowledge):
        return first
    if first.cause and best.identity == first.cause.identity:
        return first
    return _as_model_says(_shown(first, best, tail), best, knowledge)


def _shown(first: Diagnosis, cause: Cause, tail: _Tail) -> Diagnosis:
    """Return a diagnosis that shows the lines around another cause."""
    number, lines = tail.lines()
    around = surroundings(lines, cause.line - number, number)
    return replace(first, excerpt=around.out_of_margin())


def _named(
    first: Diagnosis, readings: tuple[Cause, ...], tail: _Tail, knowledge: Knowledge
) -> Diagnosis:
    """Return an unknown failure with the model's reading, or with the lines that it points at."""
    if not readings:
        return first
    best = readings[0]
    shown = _shown(first, best, tail)
    if best.confidence >= SURE:
        return _as_model_says(shown, best, knowledge)
    if best.confidence >= _NAMED_FROM and best.subject.lower() in best.text.lower():
        others = alternatives(best, (*readings, *first.alternatives))
        return replace(_as_model_says(shown, best, knowledge), alternatives=others)
    unknown = Cause("unknown", "-", best.line, best.text, confidence=0.0, by="model")
    others = alternatives(unknown, (*readings, *first.alternatives))
    return replace(shown, cause=unknown, alternatives=others)


def _as_model_says(first: Diagnosis, cause: Cause, knowledge: Knowledge) -> Diagnosis:
    says = knowledge.reading_words[cause.kind].says.format(subject=cause.subject)
    return replace(
        first,
        cause=cause,
        says=f"Probably: {says}",
        advice="",
        never=(),
        also=tuple(one for one in first.also if one.identity != cause.identity),
        alternatives=(),
    )
