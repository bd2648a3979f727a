"""The benchmark itself, with one small project, in a bare root."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.bed import Stack, base_root, with_venv
from tests.benchmarks.right_first_time.measure import Column, by_buildfix, by_oracle, measure
from tests.benchmarks.right_first_time.projects import load, select

SUITE = "trixie"


@pytest.mark.bed
@pytest.mark.slow
def test_a_small_project_is_built_by_the_oracle_and_by_buildfix(
    bed_layer: Callable[[str], Stack], tmp_path: Path
) -> None:
    (project,) = select(load(), ["netifaces"], heavy=False)
    columns = [
        Column("oracle", with_venv(base_root(SUITE)), by_oracle, lambda _: True),
        Column("buildfix", bed_layer(SUITE), by_buildfix, lambda _: True),
    ]
    oracle, ours = (measure(column, project, tmp_path / column.name, 600) for column in columns)
    for cell in (oracle, ours):
        assert cell.success, cell.detail
        assert (cell.suite, cell.project, cell.failed_builds) == (SUITE, "netifaces", 0)
        assert cell.packages > 50
        assert cell.installed_mb > cell.download_mb > 50
        assert cell.seconds >= sum(cell.parts.values()) - 1 > 1
    assert ours.version == oracle.version != ""
    assert {"update", "apt", "pip"} == set(oracle.parts)
