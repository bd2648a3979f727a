"""Debian's and Ubuntu's package manager (apt-get(8), dpkg-query(1))."""

from __future__ import annotations

import re
import time
from collections.abc import Sequence
from pathlib import Path

from buildfix.errors import CommandNotFound
from buildfix.model import Command
from buildfix.run import Machine

_LISTS = Path("/var/lib/apt/lists")
_STALE_SECONDS = 24 * 3600
_ENV = (("DEBIAN_FRONTEND", "noninteractive"),)
_LOCK = re.compile(r"Could not get lock (\S+?)\.?(?: It is held by (.*?))?(?: - |$)")


class Apt:
    """apt-get for what it does, dpkg for what is there."""

    name = "apt"
    privileged = True

    def installed(self, machine: Machine) -> frozenset[str]:
        """Return the names of the installed packages, without their architecture."""
        try:
            answer = machine.run(
                ["dpkg-query", "--show", "--showformat", "${db:Status-Abbrev} ${Package}\n"]
            )
        except CommandNotFound:
            return frozenset()
        rows = (line.split() for line in answer.stdout.splitlines())
        return frozenset(row[-1] for row in rows if row[0].startswith("ii"))

    def lists_fresh(self) -> bool:
        """Say whether there are lists no older than a day."""
        if not any(_LISTS.glob("*Packages*")):
            return False
        return time.time() - _LISTS.stat().st_mtime < _STALE_SECONDS

    def refresh(self) -> Command | None:
        """Return `apt-get update`."""
        return Command(("apt-get", "update"), _ENV)

    def install(self, packages: Sequence[str]) -> Command:
        """Return `apt-get install` without recommended packages."""
        return Command(
            ("apt-get", "install", "--yes", "--no-install-recommends", "--", *packages), _ENV
        )

    def waits_for(self, output: Sequence[str]) -> str | None:
        """Return who holds dpkg's or the lists' lock."""
        for line in output:
            if match := _LOCK.search(line):
                return match[2] or match[1]
        return None
