"""The objects of a followed build file."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from buildfix.analysis.python.values import UNKNOWN, Unknown, Value
from buildfix.analysis.symbolic_run import Left


@dataclass(eq=False)
class Thing:
    """An object: its kind, whether it was found, and what its methods answer."""

    kind: str
    found: bool | Unknown = True
    name: str = ""
    answers: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Feature:
    """A feature option: enabled, disabled or auto."""

    state: str


@dataclass(frozen=True)
class FilePath:
    """A file of the tree that `files()` named."""

    path: str


class Stopped(Left):
    """A break or continue of a foreach."""

    def __init__(self, kind: str):
        self.kind = kind
        super().__init__(kind)


def flatten(value: Value) -> list[Value]:
    """Return a value's items, as Meson flattens lists of lists."""
    if not isinstance(value, list):
        return [value]
    return [item for part in value for item in flatten(part)]


__all__ = [
    "UNKNOWN",
    "Feature",
    "FilePath",
    "Stopped",
    "Thing",
    "Unknown",
    "Value",
    "flatten",
]
