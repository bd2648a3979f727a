"""Recipes as JSON, which the wheel has beside each TOML file (`src/hatch_build.py`).

Python reads JSON thirty times as fast as TOML. A file is only used if it was made of the same text,
so that an edited recipe counts at once; it lies in the folder of the recipe, so that who can change
it can change the recipe.
"""

from __future__ import annotations

import json
import zlib
from pathlib import Path
from typing import Any


class Compiled(dict[str, Any]):
    """A table of a compiled recipe."""


def compiled(path: Path, text: bytes) -> Compiled | None:
    """Return the content of a recipe with this text; None if its JSON is missing or differs."""
    try:
        found = json.loads(path.with_suffix(".json").read_bytes(), object_hook=Compiled)
        checksum, recipe = found["crc32"], found["recipe"]
    except (OSError, ValueError, KeyError, TypeError):
        return None
    same = checksum == zlib.crc32(text) and isinstance(recipe, Compiled)
    return recipe if same else None
