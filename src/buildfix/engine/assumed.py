"""What a dry run assumes to be done."""

from __future__ import annotations

from dataclasses import replace

from buildfix.core import GpuLibrary, Interpreter
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
    torch: GpuLibrary | None = None
    """The torch that is in the target then, and stays."""

    def besides(self, request: ParsedRequest) -> ParsedRequest:
        """Return the request with those wheels, which count as available."""
        kept = (f"{self.torch.name}=={self.torch.version}",) if self.torch else ()
        if not self.wheels and not kept:
            return request
        given = pinned(request, [*self.wheels, *kept])
        return replace(given, installer_args=(*request.installer_args, *self.arguments))
