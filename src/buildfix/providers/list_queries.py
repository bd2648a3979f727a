"""What can be asked of the host's own package lists while a plan is made."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

from buildfix.core import Need
from buildfix.package_managers import IndexFetch, Owner


class Index(Protocol):
    """The package lists of the host that is planned for; without more they know nothing."""

    unfetched: str = ""
    """Why the index of files could not be fetched; empty where that was not tried, or done."""

    def versions(self, packages: Sequence[str]) -> Mapping[str, str]:  # noqa: ARG002
        """Return the version that each package would come in, as far as the lists tell."""
        return {}

    def backported(self, suite: str, packages: Sequence[str]) -> Mapping[str, str]:  # noqa: ARG002
        """Return the version that each package has in a suite that need not be in use."""
        return {}

    def owners(self, needs: Sequence[Need]) -> Mapping[Need, tuple[Owner, ...]]:  # noqa: ARG002
        """Return the packages that own what each need names, the likeliest first."""
        return {}

    def fetch(self) -> IndexFetch | None:
        """Return how to get the index of files, None where it is there or there is none."""
        return None


class NoIndex(Index):
    """The index of a host that is only described."""
