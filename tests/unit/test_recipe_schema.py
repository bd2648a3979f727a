"""The JSON Schemas beside the recipes, by which editors complete and check them."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from tests.recipe_schema import FILES, FOLDER, name_of, text_of
from tests.tree import ROOT

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

RECIPES = ROOT / "recipes"


def checked(path: Path, schema: str) -> list[str]:
    validator = jsonschema.Draft7Validator(json.loads((FOLDER / schema).read_text("utf-8")))
    table: dict[str, Any] = tomllib.loads(path.read_text(encoding="utf-8"))
    return [f"{path}: {error.json_path}: {error.message}" for error in validator.iter_errors(table)]


@pytest.mark.parametrize("files", FILES)
def test_the_schema_is_what_the_types_say(files: str) -> None:
    written = (FOLDER / name_of(files)).read_text(encoding="utf-8")
    assert written == text_of(files), "write it again: python -m tests.recipe_schema"


def test_every_schema_is_valid_json_schema() -> None:
    for path in FOLDER.glob("*.json"):
        jsonschema.Draft7Validator.check_schema(json.loads(path.read_text("utf-8")))
    assert {path.name for path in FOLDER.iterdir()} == {name_of(files) for files in FILES}


def test_every_shipped_recipe_matches_its_schema() -> None:
    found = {path: name_of(files) for files in FILES for path in RECIPES.glob(files)}
    assert set(found) == set(RECIPES.rglob("*.toml"))
    assert [error for path, schema in found.items() for error in checked(path, schema)] == []


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("name = 'x'", "$: 'source' is a required property"),
        ("name = 'x'\nsource = 'x'\nother = 1", "'other' was unexpected"),
        ("name = 'x'\nsource = 'x'\nmodules = 'x'", "$.modules: 'x' is not of type 'array'"),
    ],
)
def test_a_broken_recipe_does_not_validate(tmp_path: Path, text: str, told: str) -> None:
    path = tmp_path / "x.toml"
    path.write_text(text, encoding="utf-8")
    (error,) = checked(path, "projects.json")
    assert told in error


def test_editor_settings_name_the_schema_of_each_recipe() -> None:
    rules = tomllib.loads((ROOT / ".taplo.toml").read_text(encoding="utf-8"))["rule"]
    told = {tuple(rule["include"]): rule["schema"]["path"] for rule in rules}
    assert told == {(f"recipes/{files}",): f"recipes/schema/{name_of(files)}" for files in FILES}
