"""Chocolatey 2 (docs.chocolatey.org/en-us/choco/commands)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from buildfix.core import Command
from buildfix.machines.local import Machine
from buildfix.package_managers.base import PackageManager
from buildfix.package_managers.output_parsing import lines_of

_RESTART = (1641, 3010)
"""Exit codes for success if Windows is restarted or must be (docs.chocolatey.org, install)."""


class Choco(PackageManager):
    """choco."""

    name = "choco"
    privileged = True
    locked = re.compile(r"\b1618\b")
    """Another installation is in progress (Windows Installer's error codes)."""

    def installed(self, machine: Machine) -> frozenset[str]:
        """Return the names of the installed packages."""
        return frozenset(name for name, _ in _rows(machine, ["choco", "list", "--limit-output"]))

    def install(self, packages: Sequence[str]) -> Command:
        """Return `choco install`, without questions."""
        argv = ("choco", "install", "--yes", "--no-progress", *packages)
        return Command(argv, success=_RESTART)

    def versions(self, machine: Machine, packages: Sequence[str]) -> Mapping[str, str]:
        """Return the newest versions; each package needs its own query."""
        search = ("choco", "search", "--exact", "--limit-output")
        return dict(row for package in packages for row in _rows(machine, [*search, package]))


def _rows(machine: Machine, argv: Sequence[str]) -> Iterator[tuple[str, str]]:
    for line in lines_of(machine, argv):
        name, bar, version = line.strip().partition("|")
        if bar:
            yield name, version
