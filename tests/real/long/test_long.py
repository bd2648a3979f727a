"""The long cases as tests: `BUILDFIX_LONG=1 python -m pytest tests/real/long`."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.bed import Stack
from tests.real.long.cases import Case, load


@pytest.mark.bed
@pytest.mark.slow
@pytest.mark.skipif("BUILDFIX_LONG" not in os.environ, reason="long; BUILDFIX_LONG=1 runs it")
@pytest.mark.parametrize("case", load(), ids=lambda case: case.id)
def test_a_long_case_ends_as_expected(
    case: Case, bed_layer: Callable[[str], Stack], tmp_path: Path
) -> None:
    run = case.run(bed_layer(case.suite), tmp_path)
    assert case.holds(run), (run.returncode, run.report.outcome, run.report.causes, run.detail)
