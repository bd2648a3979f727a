"""The comparison of a recipe with its system's own list of packages."""

from __future__ import annotations

from dataclasses import replace

from buildfix.catalog import Knowledge
from buildfix.catalog.systems import Packages
from tests.names.check import unknown
from tests.names.listed import like_absent, names_in

KNOWLEDGE = Knowledge()
RECIPE = replace(
    KNOWLEDGE.hosts["termux"],
    packages={
        "dep:generic/zlib": Packages(build=("zlib",)),
        "dep:generic/brotli": Packages(build=("brotlii",)),
        "dep:generic/x265": Packages(),
        "dep:generic/lerc": Packages(),
    },
)


def test_a_list_has_a_package_a_line_and_comments() -> None:
    assert names_in(["# of a day", "", "zlib", "x265-devel  4.1 # found"]) == {"zlib", "x265-devel"}


def test_a_name_that_no_list_has_is_told() -> None:
    assert list(unknown(RECIPE, "", {"zlib"})) == ["termux : brotlii, for dep:generic/brotli"]


def test_what_is_called_absent_and_listed_under_another_systems_name_is_told() -> None:
    assert list(like_absent(RECIPE, "", ["x265-devel", "clerc"], KNOWLEDGE)) == [
        "termux : dep:generic/x265 is called absent, and there is x265-devel"
    ]
