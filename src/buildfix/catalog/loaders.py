"""`recipes/loaders.toml` as types: what loaders print if they cannot load something."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Literal

from buildfix.catalog.schema import Example
from buildfix.catalog.stored import Problem
from buildfix.core.light_dataclass import dataclass

Tells = Literal[
    "symbol",
    "user",
    "version",
    "machine",
    "dll-file",
    "dll-module",
    "library",
    "absent",
    "unusable",
    "none",
]

_GROUPS: Mapping[Tells, tuple[str, ...]] = {
    "symbol": ("symbol", "module"),
    "user": ("module",),
    "version": ("version", "library", "module"),
    "machine": ("file",),
    "dll-file": ("file",),
    "dll-module": ("module",),
    "library": ("library",),
    "absent": ("module",),
    "unusable": ("module",),
    "none": (),
}
"""The groups of a pattern, that which its examples tell first."""


@dataclass(frozen=True)
class LoaderError:
    """A message of a dynamic loader, or of Python's import, with examples."""

    name: str
    tells: Tells
    pattern: re.Pattern[str]
    examples: tuple[Example, ...] = ()

    def __post_init__(self) -> None:
        if missing := set(_GROUPS[self.tells]) - self.pattern.groupindex.keys():
            raise Problem(f"is missing the group `{min(missing)}`", "pattern")

    def told(self, message: str) -> str | None:
        """Return the subject of a message; None if it does not match."""
        match = self.pattern.search(message)
        return match[next(iter(_GROUPS[self.tells]), 0)] if match else None


@dataclass(frozen=True)
class LoaderWords:
    """Everything known about messages of loaders."""

    errors: tuple[LoaderError, ...] = ()

    def find(self, tells: Tells, message: str) -> re.Match[str] | None:
        """Return the first match in a message of the patterns for that; None if none match."""
        mine = (one.pattern for one in self.errors if one.tells == tells)
        return next(filter(None, (pattern.search(message) for pattern in mine)), None)
