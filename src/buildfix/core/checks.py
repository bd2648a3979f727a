"""What `doctor` found: each thing that it looked for, and whether it is installed."""

from __future__ import annotations

from buildfix.core.light_dataclass import dataclass


@dataclass(frozen=True)
class Check:
    """One thing that was looked for."""

    title: str
    found: bool
    detail: str = ""
    """Its version or path if it was found, else why it cannot be installed."""
    command: str = ""
    """What installs it, as a person types it; empty if it was found or cannot be installed."""
    optional: str = ""
    """Who needs it, if most projects do not."""


@dataclass(frozen=True)
class CheckGroup:
    """Checks that belong together, such as the compilers."""

    title: str
    checks: tuple[Check, ...]
