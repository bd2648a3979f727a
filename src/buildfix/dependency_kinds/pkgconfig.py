"""A pkg-config module: `cairo`."""

from __future__ import annotations

import re

from buildfix.core import Need
from buildfix.core.errors import CommandNotFound
from buildfix.dependency_kinds.base import LIBRARIES, PREFIX, DependencyKind, Surroundings, Wanted
from buildfix.machines.local import Machine


class PkgConfigModule(DependencyKind):
    """A module that pkg-config(1) finds."""

    name = "pkgconfig-missing"
    detectors = ("pkgconfig", "words")
    homes = re.compile(rf"{LIBRARIES}|{PREFIX}/(?:share|libdata)")
    apk_names = ("pc:{}",)
    rpm_names = ("pkgconfig({})",)

    def files(self, subject: str) -> Wanted:
        """Return the module's file."""
        return self.wanted(subject, "/pkgconfig/{}.pc")

    def is_present(self, need: Need, here: Surroundings) -> bool:
        """Return whether pkg-config finds it."""
        return "pkg-config" in here.host.commands and pkgconfig_has(need, here.machine)


def pkgconfig_has(need: Need, machine: Machine) -> bool:
    """Return whether pkg-config(1) finds it; it compares versions itself."""
    clauses = [f"{need.subject} {clause}" for clause in (need.required or "").split(",")]
    try:
        return machine.run(["pkg-config", "--exists", *map(str.strip, clauses)]).returncode == 0
    except CommandNotFound:
        return False
