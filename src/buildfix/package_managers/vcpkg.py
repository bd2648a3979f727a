"""vcpkg's classic mode: libraries for all of a machine's builds (learn.microsoft.com/vcpkg)."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from buildfix.core import Command
from buildfix.machines.local import Machine
from buildfix.package_managers.base import PackageManager
from buildfix.package_managers.output_parsing import json_of

_CLASSIC = ("vcpkg", "--classic")
"""Without it a vcpkg.json in the working folder would be read."""


class Vcpkg(PackageManager):
    """vcpkg; it builds into its own root, for the default triplet."""

    name = "vcpkg"
    locked = re.compile(r"waiting to take filesystem lock on (\S+?)\.*$")

    def installed(self, machine: Machine) -> frozenset[str]:
        """Return the names of the installed ports."""
        answer = json_of(machine, [*_CLASSIC, "list", "--x-json"])
        listed = answer.values() if isinstance(answer, dict) else ()
        return frozenset(one["package_name"] for one in listed)

    def install(self, packages: Sequence[str]) -> Command:
        """Return `vcpkg install`."""
        return Command((*_CLASSIC, "install", *packages))

    def versions(self, machine: Machine, packages: Sequence[str]) -> Mapping[str, str]:
        """Return the versions of the ports; each needs its own search."""
        found: dict[str, str] = {}
        for package in packages:
            answer = json_of(machine, [*_CLASSIC, "search", package, "--x-json"])
            if isinstance(answer, dict) and "version" in answer.get(package, {}):
                found[package] = answer[package]["version"]
        return found
