"""What can go wrong with the test bed itself, as opposed to with what runs in it."""

from __future__ import annotations


class BedError(Exception):
    """The bed broke: a mount, a command that prepares a root, a tear-down."""


class BedUnavailable(BedError):
    """No bed can be made on this host, and `reason` says why."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason
