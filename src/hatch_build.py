"""Adds the recipes to the wheel as JSON, too, which is read thirty times as fast as TOML.

`src/buildfix/catalog/compiled.py` reads a file only if it was made from the same text.
"""

from __future__ import annotations

import json
import shutil
import sys
import tempfile
import zlib
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib


class CompiledRecipes(BuildHookInterface):  # type: ignore[misc]
    """The build hook."""

    folder = ""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Compile every recipe, unless the wheel only points to this folder."""
        if version == "editable":
            return
        self.folder = tempfile.mkdtemp(prefix="recipes-")
        recipes = Path(self.root, "recipes")
        for number, path in enumerate(sorted(recipes.rglob("*.toml"))):
            text = path.read_bytes()
            recipe = tomllib.loads(text.decode())
            compiled = {"crc32": zlib.crc32(text), "recipe": recipe}
            file = Path(self.folder, f"{number}.json")
            file.write_text(json.dumps(compiled, separators=(",", ":")), encoding="utf-8")
            inside = path.relative_to(recipes).with_suffix(".json").as_posix()
            build_data["force_include"][str(file)] = f"buildfix/recipes/{inside}"

    def finalize(self, *_: object) -> None:
        """Remove the files, which are in the wheel now."""
        shutil.rmtree(self.folder, ignore_errors=True)
