"""Run by `python -m tests.scoreboard.train`: makes the model that reads logs (needs scikit-learn).

It learns from the corpus and from the blind batches that have been scored, and prints how often it
is right in five folds, each of projects that the others do not contain. The file is
`recipes/model/reader.bin`; give another path to write there.
"""

from __future__ import annotations

import argparse
import time
from array import array
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from io import BytesIO
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
from scipy.sparse import csr_matrix, vstack
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GroupKFold
from sklearn.svm import LinearSVC

from buildfix.catalog import Knowledge, shipped_folder
from buildfix.diagnosis.learned.features import (
    Features,
    cause_features,
    hashed,
    line_features,
    words_of_log,
)
from buildfix.diagnosis.learned.model import Model, Weights, dump_model, load_model
from buildfix.diagnosis.logs.margins import clean, without_escapes
from buildfix.diagnosis.logs.read import decoded
from tests.scoreboard.blind import cases_of, folders
from tests.scoreboard.cases import Case, load_cases

LINE_BITS = 18
KIND_BITS = 16
FOLDS = 5
SHARPER = 4.0
"""Makes the distances of the classifier from its borders comparable to log odds."""
SILENT = Knowledge().causes.silent_lines()
LONGEST = 20_000
"""Longer logs are left out: they are repetitions made for measuring speed."""


@dataclass(frozen=True)
class Example:
    """A log of the corpus as features, and what is right for it."""

    lines: tuple[str, ...]
    group: str
    kinds: tuple[str, ...]
    right: frozenset[int]
    """The indexes of the lines that tell the cause."""
    candidates: tuple[int, ...]
    of_candidates: Any
    """A row of features for each candidate."""
    of_cause: Any
    """The features of the first right line."""


def main(argv: Sequence[str] | None = None) -> int:
    """Train, print the figures of the folds, write the model."""
    parser = argparse.ArgumentParser(prog="python -m tests.scoreboard.train", description=__doc__)
    default = shipped_folder() / "model/reader.bin"
    parser.add_argument("file", nargs="?", type=Path, default=default)
    path = parser.parse_args(argv).file
    begun = time.monotonic()
    cases = [*load_cases(), *chain.from_iterable(map(cases_of, folders()))]
    examples = [example(case) for case in cases if case.causes and case.lines]
    examples = [one for one in examples if one.lines]
    told = list(folds(examples))
    line, kind = (np.mean([getattr(one, name) for one in told]) for name in ("line", "kind"))
    both = np.mean([one.right for one in told])
    print(f"{len(told)} logs, {FOLDS} folds: line {line:.1%}, kind {kind:.1%}, both {both:.1%}")
    odds = np.array([one.odds for one in told])
    calibration = LogisticRegression().fit(odds, [one.right for one in told])
    of_line, of_kind = map(float, calibration.coef_[0])
    model = trained(examples, (float(calibration.intercept_[0]), of_line, of_kind))
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(dump_model(model))
    load_model(path)
    print(f"{path.stat().st_size // 1024} KiB, {time.monotonic() - begun:.0f} s")
    for bound in (0.9, 0.8, 0.6, 0.4):
        sure = calibration.predict_proba(odds)[:, 1] >= bound
        right = np.array([one.right for one in told])[sure]
        print(f"confidence of {bound}: {sure.mean():.0%} of the logs, {right.mean():.1%} right")
    return 0


@dataclass(frozen=True)
class Told:
    """What a model said of a log that it had not learned from."""

    line: bool
    kind: bool
    odds: tuple[float, float]

    @property
    def right(self) -> bool:
        return self.line and self.kind


def example(case: Case) -> Example:
    """Return a case as features."""
    text = "".join(decoded(BytesIO(case.data())))
    lines = tuple(clean(line) for line in without_escapes(text).split("\n"))
    lines = lines if len(lines) < LONGEST else ()
    log = words_of_log(lines, SILENT)
    features = dict(line_features(log))
    right = frozenset(line - 1 for line in case.lines)
    cause = min(min(right), len(lines) - 1)
    return Example(
        lines,
        case.project or case.path.name.rsplit("-", 1)[0],
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


def trained(examples: Sequence[Example], calibration: tuple[float, float, float]) -> Model:
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


def folds(examples: Sequence[Example]) -> Iterator[Told]:
    """Yield what models say of the examples whose projects they have not learned from."""
    groups = [one.group for one in examples]
    for learned, unseen in GroupKFold(FOLDS).split(examples, groups=groups):
        model = trained([examples[at] for at in learned], (0.0, 1.0, 1.0))
        for one in (examples[at] for at in unseen):
            at, kind, *odds = next(model.evidence(one.lines))
            yield Told(at in one.right, kind in one.kinds, (odds[0], odds[1]))


if __name__ == "__main__":
    raise SystemExit(main())
