"""Termux' package manager: apt with a prefix of its own, and no root (wiki.termux.com)."""

from __future__ import annotations

from collections.abc import Sequence

from buildfix.core import Command
from buildfix.package_managers.apt import Apt


class Termux(Apt):
    """pkg, which chooses a mirror and runs apt."""

    name = "termux"
    privileged = False
    removes = False
    ansible = None
    ansible_pip_needs = tidy = ""
    prefix = "/data/data/com.termux/files/usr"

    def refresh(self) -> Command:
        """Return `pkg update`."""
        return Command(("pkg", "update", "-y"), self.env)

    def install(self, packages: Sequence[str]) -> Command:
        """Return `pkg install` without recommended packages."""
        return Command(
            ("pkg", "install", "-y", "--no-install-recommends", *self.quietly, *packages), self.env
        )
