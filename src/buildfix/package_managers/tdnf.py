"""tdnf(8), a small dnf: Azure Linux, Photon OS."""

from __future__ import annotations

from collections.abc import Sequence

from buildfix.core import Command, Transaction
from buildfix.machines.local import Machine
from buildfix.package_managers.dnf import Dnf


class Tdnf(Dnf):
    """tdnf, which has dnf's commands, but not its options for weak dependencies."""

    name = "tdnf"
    program = "tdnf"
    ansible = None
    tidy = "tdnf clean all"

    def install(self, packages: Sequence[str]) -> Command:
        """Return `tdnf install`."""
        return Command((self.program, "install", "--assumeyes", "--", *packages))

    def transaction(self, machine: Machine, packages: Sequence[str]) -> Transaction | None:  # noqa: ARG002
        """Return None: its summary is not read."""
        return None

    def hold(self, machine: Machine, packages: Sequence[str]) -> None:
        """Return None: tdnf removes nothing automatically."""

    def remove(self, packages: Sequence[str]) -> Command:
        """Return `tdnf remove`."""
        return Command((self.program, "remove", "--assumeyes", "--noautoremove", "--", *packages))
