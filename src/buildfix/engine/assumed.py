"""What a dry run assumes to be done."""

from __future__ import annotations

from dataclasses import replace

from buildfix.core import Interpreter
from buildfix.core.light_dataclass import dataclass
from buildfix.installers.requirements import ParsedRequest, pinned


@dataclass(frozen=True)
class Assumed:
    """What a dry run assumes to be done."""

    pip_of: Interpreter | None = None
    """The interpreter whose pip is used, because the target has no usable one."""
    newer_pip: bool = False
    """Whether the target's pip was upgraded."""
    wheels: tuple[str, ...] = ()
    """The requirements whose wheels came from indexes in recipes."""
    arguments: tuple[str, ...] = ()
    """The arguments with which the installer finds those wheels."""

    def besides(self, request: ParsedRequest) -> ParsedRequest:
        """Return the request with those wheels, which count as available."""
        if not self.wheels:
            return request
        given = pinned(request, list(self.wheels))
        return replace(given, installer_args=(*request.installer_args, *self.arguments))
