"""The columns, each with its root made ready."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from tests.bed import Stack, base_root, with_buildfix, with_venv
from tests.benchmarks.right_first_time.measure import (
    Column,
    by_buildfix,
    by_oracle,
    by_pip,
    by_toolchain,
)
from tests.benchmarks.right_first_time.others import external_column, ognibuild_column

COLUMNS = {
    "pip": "plain pip",
    "toolchain": "pip after build-essential",
    "external": "pyproject-external",
    "ognibuild": "ognibuild",
    "oracle": "oracle",
    "buildfix": "buildfix",
}
"""What each column is called."""


def make_ready(
    name: str, suite: str, wheel: Callable[[], Path], external_metadata: Path | None
) -> Column | None:
    """Return a column, None for pyproject-external's where there is no metadata."""
    if name == "external":
        return external_column(suite, external_metadata) if external_metadata else None
    if name == "ognibuild":
        return ognibuild_column(suite)
    if name == "buildfix":
        return Column(name, with_buildfix(suite, wheel()), by_buildfix, lambda _: True)
    plain: Stack = with_venv(base_root(suite))
    if name == "oracle":
        return Column(name, plain, by_oracle, lambda project: project.known[suite].oracle)
    way = {"pip": by_pip, "toolchain": by_toolchain}[name]
    return Column(name, plain, way, lambda _: True)


def in_turn(columns: list[Column], number: int) -> list[Column]:
    """Return the order for one project: oracle and buildfix side by side, each first in turn.

    What the first of the two leaves warm (caches of the system and of the index) helps the other.
    """
    last = [column for column in columns if column.name in ("oracle", "buildfix")]
    return [column for column in columns if column not in last] + (
        last if number % 2 == 0 else last[::-1]
    )
