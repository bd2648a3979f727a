"""Arch Linux' package manager (pacman(8))."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from buildfix.core import Command, Need, Transaction
from buildfix.machines.local import Machine
from buildfix.package_managers.base import AnsibleModule, IndexFetch, Owner, Remover
from buildfix.package_managers.file_queries import regex, wanted_by
from buildfix.package_managers.output_parsing import (
    DAY,
    entries,
    fresh,
    lines_of,
    records,
    text_if_done,
    text_of,
    words_of,
)
from buildfix.package_managers.ranking import owners_of
from buildfix.package_managers.transactions import from_pacman

_LISTS = "/var/lib/pacman/sync"
_STALE_SECONDS = 7 * DAY
"""Old lists name packages that mirrors no longer have, but new lists mean a full upgrade."""


class Pacman(Remover):
    """pacman."""

    name = "pacman"
    privileged = True
    locked = re.compile("unable to lock database")
    ansible = AnsibleModule("community.general.pacman", {"update_cache": True})

    def installed(self, machine: Machine) -> frozenset[str]:
        """Return the names of the installed packages."""
        return words_of(machine, ["pacman", "--query", "--quiet"])

    def lists_fresh(self, machine: Machine) -> bool:
        """Return whether the lists are at most a week old."""
        there = any(name.endswith(".db") for name in entries(machine, _LISTS))
        return there and fresh(machine, _LISTS, _STALE_SECONDS)

    def refresh(self) -> Command:
        """Return an upgrade of the system: new lists alone could break what is installed.

        "Partial upgrades are unsupported" (wiki.archlinux.org/title/System_maintenance).
        """
        return Command(("pacman", "--sync", "--refresh", "--sysupgrade", "--noconfirm"))

    def renew(self, *, corrupt: bool) -> tuple[Command, ...]:  # noqa: ARG002
        """Return nothing: new lists mean a system upgrade, which a person must choose."""
        return ()

    def install(self, packages: Sequence[str]) -> Command:
        """Return the command that installs what is missing."""
        return Command(("pacman", "--sync", "--needed", "--noconfirm", "--", *packages))

    def transaction(self, machine: Machine, packages: Sequence[str]) -> Transaction | None:
        """Return the packages and sizes that `pacman --print` lists."""
        form = ("--needed", "--print", "--print-format", "%n %v %s")
        return from_pacman(text_of(machine, ["pacman", "--sync", *form, "--", *packages]))

    def versions(self, machine: Machine, packages: Sequence[str]) -> Mapping[str, str]:
        """Return the versions in the lists; the first repository that has a package counts."""
        found = records(lines_of(machine, ["pacman", "--sync", "--info", "--", *packages]))
        return {one["Name"]: one["Version"] for one in reversed([*found]) if "Version" in one}

    def index(self, machine: Machine) -> IndexFetch | None:
        """Return how to fetch the file lists."""
        if any(name.endswith(".files") for name in entries(machine, _LISTS)):
            return None
        fetch = Command(("pacman", "--files", "--refresh"))
        return IndexFetch((fetch,), "pacman's file lists, tens of megabytes")

    def owners(self, machine: Machine, needs: Sequence[Need]) -> Mapping[Need, tuple[Owner, ...]]:
        """Return the packages whose files meet the needs."""
        asked = wanted_by(needs)
        if not asked:
            return {}
        pattern = f"{regex(asked.values())}$"
        argv = ["pacman", "--files", "--machinereadable", "--regex", "--", pattern]
        rows = (line.split("\0") for line in lines_of(machine, argv))
        # Repository, package, version, path (pacman(8)).
        return owners_of(asked, ((row[1], f"/{row[3]}") for row in rows if len(row) == 4))

    def present(self, machine: Machine) -> frozenset[str]:
        """Return the names of the installed packages."""
        return self.installed(machine)

    def files(self, machine: Machine, packages: Sequence[str]) -> Mapping[str, frozenset[str]]:
        """Return the files of each package, as pacman lists them."""
        files: dict[str, set[str]] = {}
        lines = lines_of(machine, ["pacman", "--query", "--list", "--", *packages])
        for name, _, path in (line.partition(" ") for line in lines):
            files.setdefault(name, set()).add(path)
        return {name: frozenset(paths) for name, paths in files.items()}

    def needed_by(self, machine: Machine, packages: Sequence[str]) -> frozenset[str]:  # noqa: ARG002
        """Return only these packages: `--unneeded` keeps what others depend on."""
        return frozenset(packages)

    def would_go(self, machine: Machine, packages: Sequence[str]) -> frozenset[str] | None:
        """Return the packages that `--print` lists."""
        argv = ["pacman", "--remove", "--unneeded", "--print", "--print-format", "%n"]
        printed = text_if_done(machine, [*argv, "--", *packages])
        return None if printed is None else frozenset(printed.split())

    def hold(self, machine: Machine, packages: Sequence[str]) -> Command | None:  # noqa: ARG002
        """Return the command that changes the install reason."""
        return Command(("pacman", "--database", "--asexplicit", "--", *packages))

    def remove(self, packages: Sequence[str]) -> Command:
        """Return the command that removes those that no other package depends on."""
        return Command(("pacman", "--remove", "--unneeded", "--noconfirm", "--", *packages))
