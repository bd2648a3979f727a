"""Void Linux' package manager (xbps-install(1), xbps-query(1)), and xlocate(1) of its xtools."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence

from buildfix.core import Command, Need
from buildfix.machines.local import Machine
from buildfix.package_managers.base import AnsibleModule, IndexFetch, Owner, PackageManager
from buildfix.package_managers.file_queries import regex, wanted_by
from buildfix.package_managers.output_parsing import DAY, entries, fresh, lines_of
from buildfix.package_managers.ranking import Found, owners_of

_DATABASE = "/var/db/xbps"
_INDEX = "/var/cache/xlocate.git"
_XLOCATE = (("XLOCATE_GIT", _INDEX),)
"""Root fetches the index, and any user reads it: it cannot be in a home folder."""
_PACKAGE = re.compile(r"(?P<name>\S+)-(?P<version>[^-\s]+_\d+)")


class Xbps(PackageManager):
    """xbps-install and xbps-query; xlocate for who owns a file."""

    name = "xbps"
    privileged = True
    locked = re.compile(r"(package database) locked")
    ansible = AnsibleModule("community.general.xbps", {"update_cache": True})

    def installed(self, machine: Machine) -> frozenset[str]:
        """Return the names of the installed packages."""
        rows = (line.split() for line in lines_of(machine, ["xbps-query", "--list-pkgs"]))
        matches = (_PACKAGE.fullmatch(row[1]) for row in rows if len(row) > 1 and row[0] == "ii")
        return frozenset(match["name"] for match in matches if match)

    def lists_fresh(self, machine: Machine) -> bool:
        """Return whether there are lists of a repository no older than a day."""
        folders = [one for one in entries(machine, _DATABASE) if one.startswith("http")]
        return any(fresh(machine, f"{_DATABASE}/{one}", DAY) for one in folders)

    def refresh(self) -> Command:
        """Return the update of xbps itself: an old one refuses to install anything else."""
        return Command(("xbps-install", "--sync", "--update", "--yes", "xbps"))

    def renew(self, *, corrupt: bool) -> tuple[Command, ...]:  # noqa: ARG002
        """Return `xbps-install --sync`."""
        return (Command(("xbps-install", "--sync")),)

    def install(self, packages: Sequence[str]) -> Command:
        """Return `xbps-install`, without questions."""
        return Command(("xbps-install", "--yes", "--", *packages))

    def versions(self, machine: Machine, packages: Sequence[str]) -> Mapping[str, str]:
        """Return the repositories' versions; each package needs its own query."""
        found: dict[str, str] = {}
        for package in packages:
            argv = ["xbps-query", "-R", "--property", "pkgver", package]
            for match in filter(None, map(_PACKAGE.fullmatch, lines_of(machine, argv))):
                found[match["name"]] = match["version"]
        return found

    def index(self, machine: Machine) -> IndexFetch | None:
        """Return how to get xlocate's index, a git repository of all packages' lists of files."""
        program = machine.which("xlocate") is not None
        if program and entries(machine, _INDEX):
            return None
        fetch = Command(("xlocate", "-S"), _XLOCATE)
        return IndexFetch(
            (fetch,) if program else (self.install(["xtools", "git"]), fetch),
            "xlocate's file index of all packages, tens of megabytes",
            () if program else ("xtools", "git"),
        )

    def owners(self, machine: Machine, needs: Sequence[Need]) -> Mapping[Need, tuple[Owner, ...]]:
        """Return the packages whose files meet the needs."""
        asked = wanted_by(needs)
        if not asked or machine.which("xlocate") is None:
            return {}
        pattern = f"{regex(asked.values())}( -> .*)?$"
        return owners_of(asked, _located(lines_of(machine, ["xlocate", "-E", pattern], _XLOCATE)))


def _located(lines: Iterable[str]) -> Iterator[Found]:
    """Yield packages and their files, links (`path -> target`) without their targets."""
    for line in lines:
        package, _, rest = line.partition("/")
        if match := _PACKAGE.fullmatch(package.strip()):
            yield match["name"], f"/{rest.partition(' -> ')[0].strip()}"
