"""Run by `python -m tests.scoreboard.train`: makes the model that reads logs (needs scikit-learn).

It learns from the corpus and from the blind batches that have been scored, but for two held out. It
prints how often it is right in five folds of projects that the others do not contain, and in five
of sentences that they do not contain: the model is asked where no pattern knows the sentence, so
the latter say how much to trust it. The file is
`recipes/model/reader.bin`; give another path to write there.
"""

from __future__ import annotations

import argparse
import time
from array import array
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from io import BytesIO
from itertools import chain
from pathlib import Path
from typing import Any, get_args

import numpy as np
from scipy.sparse import csr_matrix, vstack
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GroupKFold
from sklearn.svm import LinearSVC

from buildfix.catalog import Knowledge, shipped_folder
from buildfix.catalog.readings import Source
from buildfix.diagnosis.learned.features import (
    Features,
    cause_features,
    hashed,
    line_features,
    words_of_log,
)
from buildfix.diagnosis.learned.model import Model, Reading, Weights, chance, dump_model, load_model
from buildfix.diagnosis.learned.named import named
from buildfix.diagnosis.logs.margins import clean, without_escapes
from buildfix.diagnosis.logs.rank import diagnose
from buildfix.diagnosis.logs.read import decoded
from tests.scoreboard.blind import BATCHES, cases_of, folders
from tests.scoreboard.cases import Case, load_cases

LINE_BITS = 18
KIND_BITS = 16
FOLDS = 5
SHARPER = 4.0
"""Makes the distances of the classifier from its borders comparable to log odds."""
KNOWLEDGE = Knowledge()
SILENT = KNOWLEDGE.causes.silent_lines()
LONGEST = 20_000
"""Longer logs are left out: they are repetitions made for measuring speed."""
HELD_OUT = ("2026-12-01-17", "2026-12-01-18")
"""The batches that no shipped model learns from: they show what it says of logs never seen."""
MOST_WRONG = 0.02
"""How many of all logs at most are wrong where the model is sure."""
SOURCES: tuple[Source, ...] = get_args(Source)


@dataclass(frozen=True)
class Example:
    """A log of the corpus as features, and what is right for it."""

    lines: tuple[str, ...]
    group: str
    sentence: str
    """What reads its sentence: the pattern, or else the group."""
    facts: Mapping[str, str]
    causes: tuple[str, ...]
    """What is right, as kind and subject."""
    kinds: tuple[str, ...]
    right: frozenset[int]
    """The indexes of the lines that tell the cause."""
    candidates: tuple[int, ...]
    of_candidates: Any
    """A row of features for each candidate."""
    of_cause: Any
    """The features of the first right line."""


def main(argv: Sequence[str] | None = None) -> int:
    """Train, print the figures of the folds and of the batches held out, write the model."""
    parser = argparse.ArgumentParser(prog="python -m tests.scoreboard.train", description=__doc__)
    default = shipped_folder() / "model/reader.bin"
    parser.add_argument("file", nargs="?", type=Path, default=default)
    path = parser.parse_args(argv).file
    begun = time.monotonic()
    read = [folder for folder in folders() if folder.name not in HELD_OUT]
    examples = examples_of([*load_cases(), *chain.from_iterable(map(cases_of, read))])
    by_project = list(folds(examples, [one.group for one in examples]))
    by_sentence = list(folds(examples, [one.sentence for one in examples]))
    told = calibration(by_sentence, by_project)
    model = trained(examples, told)
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(dump_model(model))
    load_model(path)
    unseen = examples_of(chain.from_iterable(cases_of(BATCHES / name) for name in HELD_OUT))
    print(*figures(f"{FOLDS} folds by project", by_project, model), sep="\n")
    print(*figures(f"{FOLDS} folds by sentence", by_sentence, model), sep="\n")
    print(*figures("held out", [said(model, one) for one in unseen], model), sep="\n")
    print({name: round(value, 2) for name, value in told.items()})
    print(f"{path.stat().st_size // 1024} KiB, {time.monotonic() - begun:.0f} s")
    return 0


@dataclass(frozen=True)
class Told:
    """A reading by a model that had not learned from the log, and what of it is right."""

    reading: Reading
    source: Source | None
    """Where its subject comes from; None if it names no cause."""
    line: bool
    kind: bool
    cause: bool
    """Whether kind and subject are right."""


def figures(name: str, told: Sequence[Sequence[Told]], model: Model) -> Iterator[str]:
    """Yield how often readings are right, and how often those are that are sure."""
    first = [one[0] for one in told]
    line, kind = (np.mean([getattr(one, of) for one in first]) for of in ("line", "kind"))
    both = np.mean([one.line and one.kind for one in first])
    yield f"{name}: {len(told)} logs: line {line:.1%}, kind {kind:.1%}, both {both:.1%}"
    best = [max(_chances(one, model.calibration), default=(0.0, False)) for one in told]
    yield f"  kind and subject {np.mean([right for _, right in best]):.1%}"
    for bound in (0.9, 0.8, model.calibration["sure"], 0.6):
        sure = [right for chance, right in best if chance >= bound]
        wrong = len(sure) - sum(sure)
        share = wrong / len(told)
        yield f"  chance of {bound:.2f}: {len(sure)} logs, {wrong} wrong ({share:.1%} of all)"


def calibration(*told: Sequence[Sequence[Told]]) -> dict[str, float]:
    """Return what the odds count for, learned from the first folds, and what chance is sure.

    Of none of the folds more than `MOST_WRONG` of the logs are wrong and sure.
    """
    rows = [one for log in told[0] for one in log if one.source]
    table = [
        [one.reading.of_line, one.reading.of_kind, *(one.source == name for name in SOURCES)]
        for one in rows
    ]
    learned = LogisticRegression().fit(table, [one.cause for one in rows])
    names = ("line", "kind", *SOURCES)
    found = {name: float(by) for name, by in zip(names, learned.coef_[0], strict=True)}
    found["base"] = float(learned.intercept_[0])
    return {**found, "sure": max(_sure_from(one, found) for one in told)}


def _sure_from(told: Sequence[Sequence[Told]], by: Mapping[str, float]) -> float:
    """Return the chance from which on few enough readings are wrong."""
    best = [max(_chances(one, by), default=(0.0, True)) for one in told]
    wrong = sorted((chance for chance, right in best if not right), reverse=True)
    return next(iter(wrong[int(MOST_WRONG * len(told)) :]), 0.0) + 1e-9


def _chances(told: Iterable[Told], by: Mapping[str, float]) -> Iterator[tuple[float, bool]]:
    """Yield how likely readings are right that name a cause, and whether they are."""
    return ((chance(by, one.reading, one.source), one.cause) for one in told if one.source)


def examples_of(cases: Iterable[Case]) -> list[Example]:
    """Return the cases that have a cause as features."""
    found = [example(case) for case in cases if case.causes and case.lines]
    return [one for one in found if one.lines]


def example(case: Case) -> Example:
    """Return a case as features."""
    text = "".join(decoded(BytesIO(case.data())))
    lines = tuple(clean(line) for line in without_escapes(text).split("\n"))
    lines = lines if len(lines) < LONGEST else ()
    log = words_of_log(lines, SILENT)
    features = dict(line_features(log))
    right = frozenset(line - 1 for line in case.lines)
    cause = min(min(right), len(lines) - 1)
    group = case.project or case.path.name.rsplit("-", 1)[0]
    by_pattern = diagnose([text] if lines else [], KNOWLEDGE)
    return Example(
        lines,
        group,
        (by_pattern.cause and by_pattern.cause.recipe) or group,
        dict(by_pattern.facts),
        case.causes,
        tuple(dict.fromkeys(name.partition(":")[0] for name in case.causes)),
        right,
        tuple(features),
        rows(features.values(), LINE_BITS),
        rows([cause_features(log, cause)], KIND_BITS),
    )


def rows(features: Iterable[Features], bits: int) -> Any:
    """Return features as a sparse matrix, a row each."""
    found = [hashed(one, bits) for one in features]
    ends = np.cumsum([0, *map(len, found)])
    columns = [at for one in found for at in one]
    values = [value for one in found for value in one.values()]
    return csr_matrix((values, columns, ends), shape=(len(found), 1 << bits), dtype=np.float32)


def trained(examples: Sequence[Example], calibration: Mapping[str, float]) -> Model:
    """Return a model that has learned from these examples."""
    targets = [[at in one.right for at in one.candidates] for one in examples]
    lines = LogisticRegression(C=3, class_weight={0: 1, 1: 20}, max_iter=60, solver="liblinear")
    lines.fit(vstack([one.of_candidates for one in examples]), np.concatenate(targets))
    kinds = LinearSVC(C=0.03).fit(
        vstack([one.of_cause for one in examples]), [one.kinds[0] for one in examples]
    )
    return Model(
        LINE_BITS,
        weights(lines.coef_[0], lines.intercept_[0]),
        KIND_BITS,
        {
            str(kind): weights(SHARPER * row, SHARPER * bias)
            for kind, row, bias in zip(kinds.classes_, kinds.coef_, kinds.intercept_, strict=True)
        },
        calibration,
        SILENT,
    )


def weights(values: Any, bias: float) -> Weights:
    """Return weights as bytes."""
    scale = float(np.abs(values).max()) / 127
    return Weights(
        array("b", np.rint(values / scale).astype(np.int8).tobytes()), scale, float(bias)
    )


def folds(examples: Sequence[Example], groups: Sequence[str]) -> Iterator[tuple[Told, ...]]:
    """Yield what models say of the examples whose groups they have not learned from."""
    for learned, unseen in GroupKFold(FOLDS).split(examples, groups=groups):
        model = trained([examples[at] for at in learned], {})
        yield from (said(model, examples[at]) for at in unseen)


def said(model: Model, one: Example) -> tuple[Told, ...]:
    """Return what a model says of an example, the likeliest line first."""
    found = []
    for reading in model.readings(one.lines):
        name = named(reading, one.lines, one.facts, KNOWLEDGE)
        cause, source = (f"{name.kind}:{name.subject}", name.source) if name else ("", None)
        right = name is not None and any(fnmatchcase(cause, wanted) for wanted in one.causes)
        line, kind = reading.index in one.right, reading.kind in one.kinds
        found.append(Told(reading, source, line, kind, right))
    return tuple(found)


if __name__ == "__main__":
    raise SystemExit(main())
