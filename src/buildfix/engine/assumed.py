"""What a dry run takes as done before it looks further."""

from __future__ import annotations

from dataclasses import dataclass, replace

from buildfix.core import Interpreter
from buildfix.installers.requirements import ParsedRequest, pinned


@dataclass(frozen=True)
class Assumed:
    """What a dry run takes as done before it looks further."""

    pip_of: Interpreter | None = None
    """The interpreter whose pip is asked, as the target has none that can be."""
    newer_pip: bool = False
    """Whether the target's pip was upgraded."""
    wheels: tuple[str, ...] = ()
    """The requirements whose wheels were taken from indexes that recipes name."""
    arguments: tuple[str, ...] = ()
    """By which the installer finds those wheels."""

    def besides(self, request: ParsedRequest) -> ParsedRequest:
        """Return the request with the wheels that were taken, which are there for it."""
        if not self.wheels:
            return request
        given = pinned(request, list(self.wheels))
        return replace(given, installer_args=(*request.installer_args, *self.arguments))
