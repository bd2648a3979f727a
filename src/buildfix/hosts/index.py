"""The package lists of this machine, as its package manager answers from them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from buildfix.managers import IndexFetch, Owner, PackageManager
from buildfix.model import Need
from buildfix.run import Machine


@dataclass(frozen=True)
class SystemIndex:
    """What the host's package manager knows; each question is one run of its programs."""

    manager: PackageManager
    machine: Machine

    def versions(self, packages: Sequence[str]) -> Mapping[str, str]:
        """Return the version that each package would come in."""
        return self.manager.versions(self.machine, packages)

    def owners(self, needs: Sequence[Need]) -> Mapping[Need, tuple[Owner, ...]]:
        """Return the packages that own what each need names, the likeliest first."""
        return self.manager.owners(self.machine, needs)

    def fetch(self) -> IndexFetch | None:
        """Return how to get the file index, None where it is there or there is none."""
        return self.manager.index(self.machine)
