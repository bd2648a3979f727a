"""The quick packages of the table, end to end, in a bare trixie."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.acceptance.runner import run_buildfix
from tests.acceptance.table import Package, load
from tests.bed import Stack

QUICK = [package for package in load() if package.quick]


@pytest.mark.bed
@pytest.mark.slow
@pytest.mark.parametrize("package", QUICK, ids=lambda package: package.name)
def test_a_bare_system_is_made_to_build_it(
    package: Package, bed_layer: Callable[[str], Stack], tmp_path: Path
) -> None:
    run = run_buildfix(bed_layer("trixie"), package, tmp_path)
    assert (run.returncode, run.report.outcome) == (0, "installed"), (run.detail, tmp_path)
    assert run.works, run.detail
