"""What a dry run takes as done before it looks further."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from buildfix.core import Interpreter
from buildfix.installers.requirements import ParsedRequest, pinned

if TYPE_CHECKING:
    from buildfix.wheels import Offer


@dataclass(frozen=True)
class Assumed:
    """What a dry run takes as done before it looks further."""

    pip_of: Interpreter | None = None
    """The interpreter whose pip is asked, as the target has none that can be."""
    newer_pip: bool = False
    """Whether the target's pip was upgraded."""
    offers: tuple[Offer, ...] = ()
    """The wheels that were taken from indexes that recipes name."""

    def besides(self, request: ParsedRequest) -> ParsedRequest:
        """Return the request with the wheels that were taken, which are there for it."""
        if not self.offers:
            return request
        more = (word for offer in self.offers for word in offer.besides)
        given = pinned(request, [offer.requirement for offer in self.offers])
        return replace(given, installer_args=(*request.installer_args, *more))
