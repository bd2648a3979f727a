"""What buildfix asks of a system's package manager."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from buildfix.model import Command
from buildfix.run import Machine


@dataclass(frozen=True)
class Owner:
    """A package that owns a file which was looked for."""

    package: str
    path: str
    sure: bool


class PackageManager(Protocol):
    """Facts are read from it; what it is to do comes as commands for a plan."""

    name: str
    privileged: bool

    def installed(self, machine: Machine) -> frozenset[str]:
        """Return the names of the installed packages."""
        ...

    def lists_fresh(self) -> bool:
        """Say whether its lists of what can be installed are there and not old."""
        ...

    def refresh(self) -> Command | None:
        """Return the command that fetches the lists anew."""
        ...

    def install(self, packages: Sequence[str]) -> Command:
        """Return the command that installs packages in one transaction."""
        ...

    def waits_for(self, output: Sequence[str]) -> str | None:
        """Return who holds its lock, where that is why a command failed."""
        ...
