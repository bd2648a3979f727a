"""Gentoo's package manager (emerge(1), portageq(1)); packages are `category/name`."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from buildfix.core import Command
from buildfix.machines.local import Machine
from buildfix.package_managers.base import PackageManager
from buildfix.package_managers.output_parsing import DAY, fresh, lines_of

_DATABASE = "/var/db/pkg"
_TIMESTAMP = "/var/db/repos/gentoo/metadata/timestamp.chk"
_STALE_SECONDS = 7 * DAY
_PACKAGE = re.compile(r"(?P<name>[^/]+/.+?)-(?P<version>\d[^-/]*(?:-r\d+)?)")


class Emerge(PackageManager):
    """emerge; nothing on the machine says what a package would install before it is built."""

    name = "emerge"
    privileged = True
    locked = re.compile(r"waiting for lock on (\S+)")

    def installed(self, machine: Machine) -> frozenset[str]:
        """Return the names of the installed packages (the tree of portage(5)'s vdb)."""
        depth = ("-mindepth", "2", "-maxdepth", "2")
        folders = lines_of(machine, ["find", _DATABASE, *depth, "-type", "d"])
        matches = (_PACKAGE.fullmatch(one.removeprefix(f"{_DATABASE}/")) for one in folders)
        return frozenset(match["name"] for match in matches if match)

    def lists_fresh(self, machine: Machine) -> bool:
        """Return whether the ebuilds are at most a week old."""
        return fresh(machine, _TIMESTAMP, _STALE_SECONDS)

    def refresh(self) -> Command:
        """Return `emerge --sync`."""
        return Command(("emerge", "--sync", "--quiet"))

    def install(self, packages: Sequence[str]) -> Command:
        """Return the command that builds what is missing, whatever EMERGE_DEFAULT_OPTS says."""
        return Command(("emerge", "--ask=n", "--quiet", "--color=n", "--noreplace", *packages))

    def versions(self, machine: Machine, packages: Sequence[str]) -> Mapping[str, str]:
        """Return the best visible versions."""
        argv = ["portageq", "mass_best_visible", "/", "ebuild", *packages]
        rows = (line.partition(":") for line in lines_of(machine, argv))
        matches = ((name, _PACKAGE.fullmatch(best)) for name, _, best in rows)
        return {name: match["version"] for name, match in matches if match}
