"""Windows' own package manager (learn.microsoft.com/windows/package-manager/winget)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence

from buildfix.core import Command
from buildfix.machines.local import Machine
from buildfix.package_managers.base import PackageManager
from buildfix.package_managers.output_parsing import lines_of

_QUIETLY = ("--accept-source-agreements", "--disable-interactivity")
_DONE = (0x8A15002B, 0x8A15004F, 0x8A150061, 0x8A150109, 0x8A15010B)
"""No update is applicable, none is newer, a version is installed; a restart is wanted, or begun
(winget-cli, returnCodes.md; the codes as Windows gives them)."""
_VERSION = re.compile(r"Version: (?P<version>\S+)")


class Winget(PackageManager):
    """winget; installers that want an administrator raise themselves, or ask."""

    name = "winget"
    locked = re.compile(r"Waiting for another install/uninstall to complete|\b1618\b")

    def installed(self, machine: Machine) -> frozenset[str]:
        """Return the ids of the installed packages, but for those that winget cuts short."""
        ids = _second_column(lines_of(machine, ["winget", "list", *_QUIETLY]))
        return frozenset(one for one in ids if "…" not in one)

    def install(self, packages: Sequence[str]) -> Command:
        """Return `winget install` of winget's own source, with all agreements accepted."""
        silent = ("--exact", "--silent", "--source", "winget", "--accept-package-agreements")
        return Command(("winget", "install", *silent, *_QUIETLY, *packages), success=_DONE)

    def versions(self, machine: Machine, packages: Sequence[str]) -> Mapping[str, str]:
        """Return the newest versions; each package needs its own query."""
        found: dict[str, str] = {}
        for package in packages:
            argv = ["winget", "show", "--exact", "--id", package, *_QUIETLY]
            matches = map(_VERSION.match, lines_of(machine, argv))
            if match := next(filter(None, matches), None):
                found[package] = match["version"]
        return found


def _second_column(lines: Iterable[str]) -> Iterator[str]:
    """Yield the cells of a table's second column, whatever language its heading is in.

    Lines end at carriage returns too: what turned before the table came is none of its heading.
    """
    rows = list(lines)
    rule = next((place for place, row in enumerate(rows) if re.fullmatch(r"-{10,}", row)), None)
    if rule:
        starts = [match.start() for match in re.finditer(r"\S+", rows[rule - 1])]
        yield from (row[starts[1] : starts[2]].strip() for row in rows[rule + 1 :])
