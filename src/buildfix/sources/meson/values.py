"""The objects of a followed build file, and what following it has shown."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from buildfix.sources.findings import Grade
from buildfix.sources.script.values import UNKNOWN, Unknown, Value
from buildfix.sources.world import Probe


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


@dataclass
class Seen:
    """What a build file asked for, what it compiles, and in which languages."""

    probes: dict[Probe, Grade] = field(default_factory=dict)
    languages: dict[str, str] = field(default_factory=dict)
    sources: dict[str, tuple[frozenset[str], str]] = field(default_factory=dict)

    def ask(self, probe: Probe, grade: Grade) -> None:
        """Remember what was asked for, in its best grade."""
        if self.probes.get(probe) != "sure":
            self.probes[probe] = grade


class GaveUp(Exception):
    """The build file ended with an error."""

    def __init__(self, where: str, words: str):
        self.where = where
        self.words = words
        super().__init__(words)


class Stopped(Exception):
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
    "GaveUp",
    "Seen",
    "Stopped",
    "Thing",
    "Unknown",
    "Value",
    "flatten",
]
