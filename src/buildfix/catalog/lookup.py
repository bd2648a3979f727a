"""Finds a recipe's text by its name, for people who want to read it."""

from __future__ import annotations

import re
from pathlib import Path

from buildfix.catalog.knowledge import Knowledge
from buildfix.core.light_dataclass import dataclass


@dataclass(frozen=True)
class RecipeText:
    """The file of a recipe, and its lines."""

    path: Path
    text: str


def find_recipe(knowledge: Knowledge, name: str) -> RecipeText | None:
    """Return the recipe with that name, from the last folder that has it; None if unknown."""
    for folder in reversed(knowledge.folders):
        for kind in ("hosts", "projects"):
            path = folder / kind / f"{name}.toml"
            if path.is_file():
                return RecipeText(path, path.read_text(encoding="utf-8").rstrip())
        for path in sorted(folder.glob("c*/*.toml")):
            for entry in re.split(r"(?m)^(?=\[\[)", path.read_text(encoding="utf-8")):
                if re.search(rf'(?m)^(?:id|name) = "{re.escape(name)}"', entry):
                    return RecipeText(path, entry.rstrip())
    return None
