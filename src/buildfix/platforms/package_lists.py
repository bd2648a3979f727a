"""This machine's package lists, queried through its package manager."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import field
from functools import cached_property, partial
from typing import TypeVar

from buildfix.core import Need
from buildfix.core.light_dataclass import dataclass
from buildfix.machines.local import Machine
from buildfix.package_managers import IndexFetch, Owner, PackageManager
from buildfix.package_managers.suites import versions_in

_Key = TypeVar("_Key")
_Answer = TypeVar("_Answer")


def _told(
    known: dict[_Key, _Answer | None],
    keys: Sequence[_Key],
    ask: Callable[[list[_Key]], Mapping[_Key, _Answer]],
) -> dict[_Key, _Answer]:
    """Return the answer for each of these, querying those that are not `known` yet."""
    new = [key for key in keys if key not in known]
    if new:
        known.update({**dict.fromkeys(new), **ask(new)})
    return {key: answer for key in keys if (answer := known[key])}


@dataclass
class SystemIndex:
    """What the host's package manager knows, until a step changes it.

    Each question runs programs, and questions about files take seconds, so answers are cached.
    """

    manager: PackageManager
    machine: Machine
    python: str = "python3"
    """The interpreter for scripts that look where the manager's programs do not."""
    unfetched: str = ""
    """Why the file index could not be fetched, if that was tried."""
    _versions: dict[str, str | None] = field(default_factory=dict)
    _backported: dict[str, dict[str, str | None]] = field(default_factory=dict)
    _owners: dict[Need, tuple[Owner, ...] | None] = field(default_factory=dict)

    def versions(self, packages: Sequence[str]) -> Mapping[str, str]:
        """Return the version that each package would be installed in."""
        return _told(self._versions, packages, partial(self.manager.versions, self.machine))

    def backported(self, suite: str, packages: Sequence[str]) -> Mapping[str, str]:
        """Return the version of each package in a suite that may not be enabled."""
        ask = partial(versions_in, self.machine, self.python, suite)
        return _told(self._backported.setdefault(suite, {}), packages, ask)

    def owners(self, needs: Sequence[Need]) -> Mapping[Need, tuple[Owner, ...]]:
        """Return the packages that provide each need, the likeliest first."""
        return _told(self._owners, needs, partial(self.manager.owners, self.machine))

    def fetch(self) -> IndexFetch | None:
        """Return how to fetch the file index; None if it exists or is not available."""
        return None if self.unfetched else self._missing

    @cached_property
    def _missing(self) -> IndexFetch | None:
        return self.manager.index(self.machine)
