"""The wheel's compiled recipes are used, and only where they are of the same text."""

from __future__ import annotations

import json
import shutil
import sys
import zlib
from functools import cached_property
from pathlib import Path

import pytest

from buildfix.catalog import Knowledge, shipped_folder
from buildfix.catalog.command_words import CommandWords
from buildfix.catalog.compiled import compiled
from buildfix.catalog.progress import ProgressWords
from buildfix.catalog.structure import parsed, read_file

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

TEXT = b'name = "lxml"\n'


def recipe(folder: Path, compiled_json: object) -> Path:
    path = folder / "lxml.toml"
    path.write_bytes(TEXT)
    path.with_suffix(".json").write_text(json.dumps(compiled_json), encoding="utf-8")
    return path


def of(text: bytes) -> int:
    return zlib.crc32(text)


def test_a_compiled_recipe_of_the_same_text_is_used(tmp_path: Path) -> None:
    path = recipe(tmp_path, {"crc32": of(TEXT), "recipe": {"name": "compiled"}})
    assert parsed(path) == {"name": "compiled"}


def test_an_edited_recipe_counts_at_once(tmp_path: Path) -> None:
    path = recipe(tmp_path, {"crc32": of(TEXT + b"\n"), "recipe": {"name": "compiled"}})
    assert parsed(path) == {"name": "lxml"}


@pytest.mark.parametrize("wrong", [[], {}, {"crc32": of(TEXT)}, {"crc32": of(TEXT), "recipe": 1}])
def test_a_file_of_another_form_is_no_compiled_recipe(tmp_path: Path, wrong: object) -> None:
    assert compiled(recipe(tmp_path, wrong), TEXT) is None


def test_a_recipe_without_a_compiled_file_is_read_from_toml(tmp_path: Path) -> None:
    path = tmp_path / "lxml.toml"
    path.write_bytes(TEXT)
    assert parsed(path) == {"name": "lxml"}


def test_compiled_recipes_become_the_same_objects_as_checked_ones(tmp_path: Path) -> None:
    compiled_ones = tmp_path / "recipes"
    shutil.copytree(shipped_folder(), compiled_ones)
    for path in compiled_ones.rglob("*.toml"):
        text = path.read_bytes()
        path.with_suffix(".json").write_text(
            json.dumps({"crc32": of(text), "recipe": tomllib.loads(text.decode())}),
            encoding="utf-8",
        )
    names = [name for name, one in vars(Knowledge).items() if isinstance(one, cached_property)]
    quick, checked = Knowledge([compiled_ones]), Knowledge()
    for name in (*names, "hosts"):
        if name != "_detectors":
            assert getattr(quick, name) == getattr(checked, name), name
    for file, kind in (("commands", CommandWords), ("progress", ProgressWords)):
        ours, theirs = (root / f"{file}.toml" for root in (compiled_ones, shipped_folder()))
        assert read_file(ours, kind) == read_file(theirs, kind)
