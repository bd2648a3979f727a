"""What a root is made of."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from tests.bed.errors import BedError


@dataclass(frozen=True)
class Stack:
    """Read-only directories that together are a root, the uppermost first."""

    name: str
    suite: str
    directories: tuple[Path, ...]

    def only_directory(self) -> Path:
        """Return the one directory of a stack made where overlays are refused."""
        if len(self.directories) != 1:
            raise BedError(f"{self.name} is stacked, and overlay mounts are refused here")
        return self.directories[0]
