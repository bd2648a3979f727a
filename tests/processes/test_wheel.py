"""What buildfix's own wheel has in it."""

from __future__ import annotations

import json
import sys
import zipfile
import zlib
from pathlib import Path

from tests.tree import ROOT

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib


def test_the_wheel_has_the_manual_page(buildfix_wheel: Path) -> None:
    with zipfile.ZipFile(buildfix_wheel) as wheel:
        (page,) = (name for name in wheel.namelist() if name.endswith("share/man/man1/buildfix.1"))
        assert wheel.read(page) == (ROOT / "src/buildfix.1").read_bytes()


def test_each_recipe_is_in_the_wheel_as_toml_and_compiled(buildfix_wheel: Path) -> None:
    recipes = sorted((ROOT / "recipes").rglob("*.toml"))
    assert recipes
    with zipfile.ZipFile(buildfix_wheel) as wheel:
        for path in recipes:
            inside = Path("buildfix/recipes", path.relative_to(ROOT / "recipes"))
            text = wheel.read(inside.as_posix())
            compiled = json.loads(wheel.read(inside.with_suffix(".json").as_posix()))
            assert text == path.read_bytes()
            assert compiled["crc32"] == zlib.crc32(text)
            assert compiled["recipe"] == tomllib.loads(text.decode())
