"""The package lists of this machine, as its package manager answers from them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from buildfix.core import Need
from buildfix.machines.local import Machine
from buildfix.package_managers import IndexFetch, Owner, PackageManager
from buildfix.package_managers.suites import versions_in


@dataclass
class SystemIndex:
    """What the host's package manager knows, as long as no step changes that.

    Each question is a run of its programs, one for a file takes seconds: nothing is asked twice.
    """

    manager: PackageManager
    machine: Machine
    python: str = "python3"
    """What runs scripts that look where its programs do not."""
    unfetched: str = ""
    """Why the index of files could not be fetched, where that was tried."""
    _versions: dict[str, str | None] = field(default_factory=dict)
    _backported: dict[tuple[str, str], str | None] = field(default_factory=dict)
    _owners: dict[Need, tuple[Owner, ...]] = field(default_factory=dict)

    def versions(self, packages: Sequence[str]) -> Mapping[str, str]:
        """Return the version that each package would come in."""
        new = [name for name in packages if name not in self._versions]
        if new:
            told = self.manager.versions(self.machine, new)
            self._versions.update((name, told.get(name)) for name in new)
        known = ((name, self._versions[name]) for name in packages)
        return {name: version for name, version in known if version is not None}

    def backported(self, suite: str, packages: Sequence[str]) -> Mapping[str, str]:
        """Return the version that each package has in a suite that need not be in use."""
        new = [name for name in packages if (suite, name) not in self._backported]
        if new:
            told = versions_in(self.machine, self.python, suite, new)
            self._backported.update(((suite, name), told.get(name)) for name in new)
        known = ((name, self._backported[suite, name]) for name in packages)
        return {name: version for name, version in known if version is not None}

    def owners(self, needs: Sequence[Need]) -> Mapping[Need, tuple[Owner, ...]]:
        """Return the packages that own what each need names, the likeliest first."""
        new = [need for need in needs if need not in self._owners]
        if new:
            told = self.manager.owners(self.machine, new)
            self._owners.update((need, told.get(need, ())) for need in new)
        return {need: self._owners[need] for need in needs if self._owners[need]}

    def fetch(self) -> IndexFetch | None:
        """Return how to get the file index, None where it is there or cannot be had."""
        return None if self.unfetched else self._missing

    @cached_property
    def _missing(self) -> IndexFetch | None:
        return self.manager.index(self.machine)
