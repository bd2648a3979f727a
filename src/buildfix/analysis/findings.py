"""What readers of build files find, collected with where it stands."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal

from buildfix.core import Need

Grade = Literal["sure", "likely", "optional"]
"""`likely` hangs on a condition that cannot be known before the build; `optional` may be absent."""
_RANK: dict[Grade, int] = {"sure": 0, "likely": 1, "optional": 2}


@dataclass(frozen=True)
class Finding:
    """A need, and the line of the source that says so."""

    need: Need
    where: str
    """File and line, for example `meson.build:12`."""
    sure: bool
    """Whether the build needs it whatever conditions cannot be known beforehand."""


@dataclass(frozen=True)
class CrateNeeds:
    """What a crate's build script looks for, as `kind:subject` of a need."""

    needs: tuple[str, ...] = ()
    tools: tuple[str, ...] = ()
    """What it needs to build its own copy, in place of its needs."""
    bundled: tuple[str, ...] = ()
    """Features with which it builds its own copy; `*` where it does so anyway."""
    features: tuple[str, ...] = ()
    """Those without which it needs nothing; none if it always does."""


@dataclass(frozen=True)
class LockedCrates:
    """The crates that a lock file holds to versions."""

    roots: tuple[str, ...]
    """Those that the project's own crates are built with."""
    versions: Mapping[str, tuple[str, ...]]
    """The versions of each, none of those that are from no index."""
    dependencies: Mapping[str, tuple[str, ...]]
    """What each is or may be built with, on any platform."""
    where: str = ""
    """The file that the needs of crates are noted for."""
    asked: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """The features of each that the project's own crates turn on."""
    needs: Mapping[str, CrateNeeds] = field(default_factory=dict)
    """Those crates that the recipes know, and are for this system."""


@dataclass
class _Note:
    need: Need
    where: str
    grade: Grade


class Notes:
    """Collects what is found; the same need found again keeps its best grade."""

    def __init__(self) -> None:
        """Start with nothing."""
        self._notes: list[_Note] = []

    def add(
        self,
        kind: str,
        subject: str,
        where: str,
        grade: Grade,
        required: str | None = None,
        *,
        newest: bool = False,
    ) -> None:
        """Note a need."""
        self._notes.append(_Note(Need(kind, subject, required, newest), where, grade))

    def needed(self) -> tuple[Finding, ...]:
        """Return all that is sure or likely, each need once, in the order found."""
        return tuple(
            Finding(note.need, note.where, note.grade == "sure")
            for note in self._best()
            if note.grade != "optional"
        )

    def optional(self) -> tuple[Finding, ...]:
        """Return what the build does without where it is absent."""
        return tuple(
            Finding(note.need, note.where, False)
            for note in self._best()
            if note.grade == "optional"
        )

    def _best(self) -> Iterable[_Note]:
        best: dict[tuple[str, str], _Note] = {}
        for note in self._notes:
            key = (note.need.kind, note.need.subject)
            known = best.get(key)
            if known is None:
                best[key] = _Note(note.need, note.where, note.grade)
                continue
            if _RANK[note.grade] < _RANK[known.grade]:
                known.grade, known.where = note.grade, note.where
            if known.need.required is None and note.need.required is not None:
                known.need = note.need
        return best.values()
