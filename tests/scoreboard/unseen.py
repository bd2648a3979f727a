"""Run by `python -m tests.scoreboard.unseen`: known logs as if nobody had seen their sentences.

Reads each log of the blind batches once more without the pattern that names its cause and without
the forms of sentences that match its line, by a model that has not learned from its project. So a
change that helps only the logs that it was made for does not count here. The models are made once
(needs scikit-learn) and kept in a folder.
"""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from itertools import chain
from pathlib import Path
from unittest.mock import patch

from buildfix.catalog import Knowledge
from buildfix.catalog.grammars import Form
from buildfix.catalog.schema import CausePattern
from buildfix.catalog.stored import LazyPattern
from buildfix.core import Cause
from buildfix.diagnosis.learned.model import dump_model, load_model
from buildfix.diagnosis.logs import match
from buildfix.diagnosis.logs.patterns import Pattern, prepared
from buildfix.diagnosis.logs.tolerance import plain, search
from tests.scoreboard.blind import Read, cases_of, deserved, folders, read, wrong_lines
from tests.scoreboard.cases import Case, load_cases

FOLDS = 5
CLASSES = ("right", "subject wrong", "kind wrong", "line wrong", "unknown", "no failure seen")


class Unlearned(Knowledge):
    """The shipped recipes with another model."""

    def __init__(self, model: Path):
        """Use the model in this file."""
        super().__init__()
        self.model = model

    @property
    def model_file(self) -> Path:
        return self.model


_NEVER = LazyPattern("(?!)")


def main(argv: Sequence[str] | None = None) -> int:
    """Print what is read wrong, and the sums."""
    parser = argparse.ArgumentParser(prog="python -m tests.scoreboard.unseen", description=__doc__)
    parser.add_argument(
        "models", type=Path, help="the folder of the models; made if it is not there"
    )
    options = parser.parse_args(argv)
    cases = list(chain.from_iterable(map(cases_of, folders())))
    if not options.models.is_dir():
        _train(cases, options.models)
    known = [Unlearned(options.models / f"{fold}.bin") for fold in range(FOLDS)]
    cases = sorted((one for one in cases if one.causes and one.lines), key=_fold_of)
    reads = [_unseen(case, known[_fold_of(case)]) for case in cases]
    print(*wrong_lines(reads), sep="\n")
    counts = Counter(map(_class_of, reads))
    print(f"{len(reads)} logs; " + ", ".join(f"{name} {counts[name]}" for name in CLASSES))
    print(f"line {sum(one.score.line for one in reads)}, ", end="")
    print(f"confidently wrong {sum(one.confidently_wrong for one in reads)}")
    print(*deserved(reads, known[0]), sep="\n")
    return 0


def _unseen(case: Case, known: Knowledge) -> Read:
    """Return what is read in a log without what reads the line that it is named by."""
    seen = read(case, known)
    cause = seen.diagnosis.cause
    if cause is None or not cause.recipe:
        return seen
    patterns, lexicon = prepared(known)
    kept = tuple(_hidden(one) if _reads(one, cause) else one for one in patterns)
    with patch.object(match, "prepared", return_value=(kept, lexicon)):
        return read(case, known)


def _reads(one: Pattern, cause: Cause) -> bool:
    """Return whether a pattern named a cause, or a form may have: it matches the cause's line."""
    if isinstance(one, CausePattern):
        return one.name == cause.recipe
    return isinstance(one, Form) and bool(search(one.pattern, plain(cause.text)))


def _hidden(one: Pattern) -> Pattern:
    """Return a pattern or a form as one that matches nothing."""
    return replace(one, pattern=_NEVER) if isinstance(one, (CausePattern, Form)) else one


def _class_of(one: Read) -> str:
    cause = one.diagnosis.cause
    if one.score.kind and one.score.subject:
        return "right"
    if cause is None:
        return "no failure seen"
    if cause.kind == "unknown":
        return "unknown"
    if not one.score.line:
        return "line wrong"
    return "subject wrong" if one.score.kind else "kind wrong"


def _fold_of(case: Case) -> int:
    """Return in which fold a project is, always the same."""
    name = case.project or case.path.name.rsplit("-", 1)[0]
    return sum(name.encode()) % FOLDS


def _train(cases: Sequence[Case], folder: Path) -> None:
    """Make a model for each fold, from what is not in it."""
    from tests.scoreboard.train import example, trained  # needs scikit-learn

    file = Knowledge().model_file
    assert file is not None
    by = load_model(file).calibration
    told = [case for case in (*load_cases(), *cases) if case.causes and case.lines]
    examples = [(example(case), _fold_of(case)) for case in told]
    folder.mkdir(parents=True)
    for fold in range(FOLDS):
        learned = [one for one, own in examples if own != fold and one.lines]
        (folder / f"{fold}.bin").write_bytes(dump_model(trained(learned, by)))


if __name__ == "__main__":
    raise SystemExit(main())
