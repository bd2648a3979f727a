"""The ids of recipes/capabilities, against the registry that PEP 804 proposes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from buildfix.catalog import Knowledge
from tests.benchmarks.drawn import LISTS

NOT_OURS = {
    "dep:virtual/compiler/obj-c": "no build in the index of packages names it; clang is C's",
    "dep:virtual/compiler/obj-cxx": "as Objective C",
    "dep:virtual/compiler/swift": "comes with Xcode; no other system is planned for",
    "dep:virtual/compiler/typescript": "an npm package, which builds fetch by themselves",
    "dep:virtual/compiler/zig": "a wheel on PyPI, which builds require by its name",
}
"""Ids of the registry that no recipe knows, each with the reason."""


def test_every_id_of_the_registry_is_known_or_left_out_for_a_reason() -> None:
    path = Path(LISTS, "pep804", "registry.json")
    if not path.is_file():
        pytest.skip("the registry is not here")
    listed = json.loads(path.read_text(encoding="utf-8"))["definitions"]
    names = {one["id"].partition("?")[0] for one in listed}
    knowledge = Knowledge()
    assert {name for name in names if knowledge.identified(name) is None} == set(NOT_OURS)
