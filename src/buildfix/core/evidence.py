"""How often a remedy was applied for a cause, and what became of it."""

from __future__ import annotations

from dataclasses import replace

from buildfix.core.light_dataclass import dataclass


@dataclass(frozen=True)
class RemedyRecord:
    """The record of one remedy for one cause on one system."""

    system: str
    """As `--os` names it: `debian:13`; empty if unknown."""
    remedy: str
    """What was done, in words."""
    kind: str
    """The kind of the cause."""
    subject: str
    """The subject of the cause."""
    applied: int = 0
    gone: int = 0
    """How often the cause did not come back."""
    installed: int = 0
    """How often the cause did not come back, and what was asked for was installed and imported."""
    first: str = ""
    """The day on which it was first applied: `2026-11-30`."""
    last: str = ""
    versions: tuple[str, ...] = ()
    """The versions of buildfix that applied it, as far as they are known."""

    @property
    def key(self) -> tuple[str, str, str, str]:
        """What records that can be added have in common."""
        return (self.system, self.remedy, self.kind, self.subject)

    @property
    def chance(self) -> float:
        """How likely the cause is gone after it, from 0 to 1; 0.5 if it was never applied."""
        return (self.gone + 1) / (self.applied + 2)

    def plus(self, other: RemedyRecord) -> RemedyRecord:
        """Return this record with the applications of another one with the same key."""
        return replace(
            self,
            applied=self.applied + other.applied,
            gone=self.gone + other.gone,
            installed=self.installed + other.installed,
            first=min(self.first, other.first),
            last=max(self.last, other.last),
            versions=tuple(sorted({*self.versions, *other.versions})),
        )

    @property
    def times(self) -> str:
        """How often it worked: `41 of 43 times`."""
        return f"{self.installed} of {self.applied} {'time' if self.applied == 1 else 'times'}"

    def __str__(self) -> str:
        days = " to ".join(dict.fromkeys((self.first, self.last)))
        return (
            f"for {self.kind} {self.subject}: applied: {self.applied}; cause gone: {self.gone}; "
            f"installed and imported: {self.installed} ({days})"
        )
