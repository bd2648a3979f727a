"""The folder of the recipes shipped with buildfix."""

from __future__ import annotations

from functools import cache
from pathlib import Path


@cache
def shipped_folder() -> Path:
    """Return the folder of the recipes shipped with buildfix."""
    installed = Path(__file__).parent.parent / "recipes"
    return installed if installed.is_dir() else Path(__file__).parents[3] / "recipes"
