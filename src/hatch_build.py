"""Adds the recipes to the wheel as JSON, too, which is read thirty times as fast as TOML.

`src/buildfix/catalog/compiled.py` reads a file only if it was made from the same text. Adds the
texts of the patterns for log lines, too, which are found by taking 850 regular expressions apart.
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
        copy = Path(self.folder, "recipes")
        shutil.copytree(Path(self.root, "recipes"), copy)
        made = [copy / "found-by.json"]
        for path in sorted(copy.rglob("*.toml")):
            text = path.read_bytes()
            compiled = {"crc32": zlib.crc32(text), "recipe": tomllib.loads(text.decode())}
            told = json.dumps(compiled, separators=(",", ":"))
            made.append(path.with_suffix(".json"))
            made[-1].write_text(told, encoding="utf-8")
        _store_texts(self.root, copy)
        for path in made:
            inside = path.relative_to(self.folder).as_posix()
            build_data["force_include"][str(path)] = f"buildfix/{inside}"

    def finalize(self, *_: object) -> None:
        """Remove the files, which are in the wheel now."""
        shutil.rmtree(self.folder, ignore_errors=True)


def _store_texts(root: str, recipes: Path) -> None:
    """Write the texts of the patterns beside these recipes."""
    sys.path.insert(0, str(Path(root, "src")))
    try:
        from buildfix.catalog import Knowledge
        from buildfix.diagnosis.logs.patterns import store
    finally:
        sys.path.pop(0)
    store(Knowledge([recipes]))
