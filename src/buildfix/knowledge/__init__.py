"""The recipes, loaded into typed objects: what buildfix knows about the world."""

from __future__ import annotations

from buildfix.knowledge.library import Knowledge
from buildfix.knowledge.shipped import shipped_folder

__all__ = ["Knowledge", "shipped_folder"]
