"""The recipes, loaded into typed objects: what buildfix knows about the world."""

from __future__ import annotations

from buildfix.catalog.knowledge import Knowledge
from buildfix.catalog.shipped import shipped_folder

__all__ = ["Knowledge", "shipped_folder"]
