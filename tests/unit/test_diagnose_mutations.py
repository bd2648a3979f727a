"""What a person still reads, the patterns read: every example, changed in one way at a time."""

from __future__ import annotations

import pytest

from buildfix.catalog import Knowledge
from buildfix.diagnosis.logs.tolerance import plain, tolerant
from tests.scoreboard.mutations import MUTATIONS, outcomes, reading, same, samples

KNOWLEDGE = Knowledge()
ORIGINALS = [(one, reading(one, KNOWLEDGE)) for one in samples(KNOWLEDGE)]
LEAST = {"alone": 0.3, "exception": 0.9, "without a column": 0.94}
"""The share of changed examples that must be read the same, where it is less than in general."""
LEAST_IN_GENERAL = 0.97


@pytest.mark.parametrize("name", MUTATIONS)
def test_examples_are_read_the_same_after(name: str) -> None:
    results = list(outcomes(name, ORIGINALS, KNOWLEDGE))
    wrong = [
        (mutated.recipe, mutated.line, before, after)
        for mutated, before, after in results
        if not same(before, after)
    ]
    assert len(results) > 20
    assert 1 - len(wrong) / len(results) >= LEAST.get(name, LEAST_IN_GENERAL), wrong


@pytest.mark.parametrize(
    ("pattern", "line"),
    [
        ("^No compiler (?P<x>.+) found", "no compiler for C found"),
        ("Could not find the '(?P<x>.+)' library", "could not find a “z” library"),
        ("^ERROR: x is required$", "error: x is required."),
        ("(?:RuntimeError|Exception): You need a compiler", "setup.BuildError: you need compiler"),
        (r"Permission denied\.", "permission denied"),
        (r"returned an? error", "Returned error"),
    ],
)
def test_pattern_matches_other_words_for_the_same(pattern: str, line: str) -> None:
    assert tolerant(pattern).search(plain(line))


@pytest.mark.parametrize(
    ("pattern", "line"),
    [
        (r"cannot find -l(?P<x>\w+)", "cannot find the library"),
        ("^Killed$", "Killed by a signal"),
        (r"undefined symbol: (?P<x>_Z\w+)", "undefined symbol: main"),
    ],
)
def test_pattern_does_not_match_other_things(pattern: str, line: str) -> None:
    assert not tolerant(pattern).search(plain(line))
