"""MacPorts (port(1), guide.macports.org)."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from buildfix.core import Command
from buildfix.machines.local import Machine
from buildfix.package_managers.base import PackageManager
from buildfix.package_managers.output_parsing import DAY, fresh, lines_of

_INDEX = "/opt/local/var/macports/sources/rsync.macports.org/macports/release/tarballs"
_STALE_SECONDS = 14 * DAY
"""port itself warns if port definitions are older than two weeks."""
_ACTIVE = re.compile(r"\s+(?P<name>\S+) @\S+ \(active\)")


class Port(PackageManager):
    """port; it lists the files of installed ports, but not of others."""

    name = "port"
    privileged = True
    locked = re.compile(r"Waiting for lock on (\S+)")

    def installed(self, machine: Machine) -> frozenset[str]:
        """Return the names of the active ports."""
        matches = map(_ACTIVE.match, lines_of(machine, ["port", "-q", "installed"]))
        return frozenset(match["name"] for match in matches if match)

    def lists_fresh(self, machine: Machine) -> bool:
        """Return whether the port definitions are at most two weeks old."""
        return fresh(machine, _INDEX, _STALE_SECONDS)

    def refresh(self) -> Command:
        """Return `port sync`."""
        return Command(("port", "-N", "sync"))

    def install(self, packages: Sequence[str]) -> Command:
        """Return `port install`, without questions."""
        return Command(("port", "-N", "install", *packages))

    def versions(self, machine: Machine, packages: Sequence[str]) -> Mapping[str, str]:
        """Return the versions of the definitions; each port needs its own query."""
        found: dict[str, str] = {}
        for package in packages:
            argv = ["port", "-q", "search", "--name", "--exact", "--line", package]
            for name, version, *_ in (line.split("\t") for line in lines_of(machine, argv)):
                found[name] = version
        return found
