"""The learned weights, and what they say of a log's lines: which tells the cause, of what kind.

Two linear models over hashed features, their weights in one byte each, so that a file of a few
hundred kilobytes and Python alone are enough. `python -m tests.scoreboard.train` makes the file.
"""

from __future__ import annotations

import json
import math
import re
import zlib
from array import array
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from buildfix.core.errors import RecipeError
from buildfix.diagnosis.learned.features import (
    LogWords,
    cause_features,
    hashed,
    line_features,
    words_of_log,
)
from buildfix.diagnosis.logs.certainty import UNSURE

_Key = TypeVar("_Key")
_KEPT = 3
"""How many lines are read further."""


@dataclass(frozen=True)
class Reading:
    """A line that may tell the cause, and the kind of cause that it would tell."""

    index: int
    """The line's index among those given."""
    kind: str
    of_line: float
    """The log odds that the line tells the cause."""
    of_kind: float
    """The log odds that it is of that kind if it does."""


@dataclass(frozen=True)
class Weights:
    """The weights of one linear model: a byte for each hashed feature, and what it stands for."""

    values: array[int]
    scale: float
    bias: float

    def score(self, features: Mapping[int, float]) -> float:
        """Return the weighted sum of features."""
        values = self.values
        return self.bias + self.scale * sum(values[at] * by for at, by in features.items())


@dataclass(frozen=True)
class Model:
    """Which line tells the cause (`lines`), and which kind of cause a line tells (`kinds`)."""

    line_bits: int
    lines: Weights
    kind_bits: int
    kinds: Mapping[str, Weights]
    calibration: Mapping[str, float]
    """What the odds of line and kind count for, and each source of a subject: together they are
    the log odds that kind and subject are right. `sure`: the chance below which it is in doubt."""
    silent: re.Pattern[str]
    """How lines begin that say nothing, when it learned and when it reads."""

    def confidence(self, reading: Reading, source: str) -> float:
        """Return how sure a reading is in kind and subject, by where its subject comes from."""
        likely = chance(self.calibration, reading, source)
        return likely if likely >= self.calibration["sure"] else min(likely, UNSURE)

    def readings(self, lines: Sequence[str]) -> Iterator[Reading]:
        """Yield the most likely readings of a log's lines, the likeliest line first."""
        log = words_of_log(lines, self.silent)
        scores = {
            at: self.lines.score(hashed(features, self.line_bits))
            for at, features in line_features(log)
        }
        of_lines = shares(scores)
        for at in sorted(of_lines, key=lambda at: -of_lines[at])[:_KEPT]:
            kinds = self._kinds_of(log, at)
            kind = max(kinds, key=lambda one: kinds[one])
            yield Reading(at, kind, log_odds(of_lines[at]), log_odds(kinds[kind]))

    def kinds_of(self, lines: Sequence[str], at: int) -> dict[str, float]:
        """Return the share of each kind if the line at an index tells the cause."""
        return self._kinds_of(words_of_log(lines, self.silent), at)

    def _kinds_of(self, log: LogWords, at: int) -> dict[str, float]:
        features = hashed(cause_features(log, at), self.kind_bits)
        return shares({kind: one.score(features) for kind, one in self.kinds.items()})


def chance(by: Mapping[str, float], reading: Reading, source: str) -> float:
    """Return how often such a reading is right in kind and subject, as calibrated."""
    odds = by["line"] * reading.of_line + by["kind"] * reading.of_kind
    return _sigmoid(by["base"] + odds + by[source])


def shares(scores: Mapping[_Key, float]) -> dict[_Key, float]:
    """Return scores as shares of one (softmax)."""
    highest = max(scores.values(), default=0.0)
    weights = {key: math.exp(score - highest) for key, score in scores.items()}
    total = sum(weights.values())
    return {key: weight / total for key, weight in weights.items()}


def log_odds(share: float) -> float:
    """Return the logarithm of a share's odds, kept within bounds."""
    kept = min(max(share, 1e-4), 1 - 1e-4)
    return math.log(kept / (1 - kept))


def _sigmoid(value: float) -> float:
    return 1 / (1 + math.exp(-value))


def load_model(path: Path) -> Model:
    """Return the model in a file; raises RecipeError if it is none.

    The file is one compressed text: a line of JSON, then each model's weights, a byte each.
    """
    try:
        head, _, body = zlib.decompress(path.read_bytes()).partition(b"\n")
        header = json.loads(head)
        tables = iter(_cut(body, header["line_bits"], header["kind_bits"]))
        return Model(
            header["line_bits"],
            Weights(next(tables), header["lines"]["scale"], header["lines"]["bias"]),
            header["kind_bits"],
            {
                kind: Weights(next(tables), one["scale"], one["bias"])
                for kind, one in header["kinds"].items()
            },
            header["calibration"],
            re.compile(header["silent"]),
        )
    except (OSError, ValueError, KeyError, TypeError, StopIteration, zlib.error, re.error) as error:
        raise RecipeError(str(path), f"not a model of buildfix: {error}") from error


def _cut(body: bytes, line_bits: int, kind_bits: int) -> list[array[int]]:
    """Return each model's weights."""
    first = 1 << line_bits
    size = 1 << kind_bits
    pieces = [body[:first], *(body[at : at + size] for at in range(first, len(body), size))]
    return [array("b", piece) for piece in pieces]


def dump_model(model: Model) -> bytes:
    """Return a model as the content of its file."""
    head = {
        "line_bits": model.line_bits,
        "lines": {"scale": model.lines.scale, "bias": model.lines.bias},
        "kind_bits": model.kind_bits,
        "kinds": {
            kind: {"scale": one.scale, "bias": one.bias} for kind, one in model.kinds.items()
        },
        "calibration": dict(model.calibration),
        "silent": model.silent.pattern,
    }
    tables = [model.lines, *model.kinds.values()]
    body = b"".join(one.values.tobytes() for one in tables)
    return zlib.compress(json.dumps(head).encode() + b"\n" + body, 9)
