"""What an installed distribution requires, as `undo` and --clean see it."""

from __future__ import annotations

from importlib.metadata import Distribution
from os import PathLike
from pathlib import Path

import pytest

from buildfix.target_scripts.installed import required_by

REQUIRES = (
    "Six>=1",
    'colorama; sys_platform == "win32"',
    'pytest; extra == "test"',
    'numpy>=1.25; extra == "test"',
    "PySocks!=1.5.7; extra == 'socks'",
    'win-inet-pton; sys_platform == "win32" and extra == "socks"',
)
ALWAYS = {"six", "colorama"}


class Recorded(Distribution):
    """A distribution with these requirements."""

    def read_text(self, filename: str) -> str | None:
        lines = "".join(f"Requires-Dist: {one}\n" for one in REQUIRES)
        return f"Metadata-Version: 2.1\nName: x\n{lines}" if filename == "METADATA" else None

    def locate_file(self, path: str | PathLike[str]) -> Path:
        return Path(path)


@pytest.mark.parametrize(
    ("there", "required"),
    [
        ({"numpy"}, ALWAYS),
        ({"numpy", "pytest"}, ALWAYS | {"numpy", "pytest"}),
        ({"pysocks"}, ALWAYS | {"pysocks", "win-inet-pton"}),
    ],
)
def test_requirements_of_an_extra_count_if_all_of_it_is_installed(
    there: set[str], required: set[str]
) -> None:
    assert required_by(Recorded(), there) == required
