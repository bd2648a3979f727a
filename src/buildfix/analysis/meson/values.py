"""The objects of a followed build file."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeAlias

from buildfix.analysis import symbolic_values
from buildfix.analysis.symbolic_values import Unknown, Value

if TYPE_CHECKING:
    from buildfix.analysis.meson.evaluator import Interpreter

Call: TypeAlias = "symbolic_values.Call[Interpreter]"
"""A call in a build file."""


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


def flatten(value: Value) -> list[Value]:
    """Return a value's items, as Meson flattens lists of lists."""
    if not isinstance(value, list):
        return [value]
    return [item for part in value for item in flatten(part)]
