"""What buildfix asks of a system's package manager."""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeGuard

from buildfix.core import Command, Need
from buildfix.machines.local import Machine


@dataclass(frozen=True)
class Owner:
    """A package that would meet a need, as the system's own index tells."""

    package: str
    path: str
    """The file that meets the need, or the name that the package provides it under."""
    sure: bool = False
    """Whether no other package comes near it; unattended, only such a one is taken."""


@dataclass(frozen=True)
class IndexFetch:
    """How to get the index that tells which package owns a file, where it is not there yet."""

    commands: tuple[Command, ...]
    words: str
    """What is fetched and how large it is, for the plan."""
    packages: tuple[str, ...] = ()
    """What the first command installs, where the programs that fetch it are missing."""


@dataclass(frozen=True)
class AnsibleModule:
    """The module by which Ansible drives a package manager."""

    name: str
    parameters: Mapping[str, object]
    """Those of an installation, beside the packages."""


class PackageManager(ABC):
    """Facts are read from it; what it is to do comes as commands for a plan.

    Without more it fetches what it needs by itself, and cannot be asked for files.
    """

    name: str
    privileged = False
    """Whether its commands want root."""
    removes = False
    """Whether it is a `Remover`: buildfix is sure how it removes packages."""
    ansible: AnsibleModule | None = None
    ansible_pip_needs = ""
    """The package with what Ansible's pip module imports on the machine itself."""
    tidy = ""
    """A shell's command that keeps lists and downloads out of an image's layer."""
    locked: re.Pattern[str] | None = None
    """What it says where another process holds its lock; a group, if any, says who."""

    @abstractmethod
    def installed(self, machine: Machine) -> frozenset[str]:
        """Return the names of the installed packages, none where the program is not there."""

    @abstractmethod
    def install(self, packages: Sequence[str]) -> Command:
        """Return the command that installs packages in one transaction, asking nothing."""

    @abstractmethod
    def versions(self, machine: Machine, packages: Sequence[str]) -> Mapping[str, str]:
        """Return the version of each package that would be installed, in the system's own form.

        Packages that its lists do not have are left out.
        """

    def lists_fresh(self, machine: Machine) -> bool:  # noqa: ARG002
        """Say whether its lists of what can be installed are there and not old."""
        return True

    def refresh(self) -> Command | None:
        """Return the command that fetches the lists anew, None where `install` does it itself."""
        return None

    def renew(self, *, corrupt: bool) -> tuple[Command, ...]:  # noqa: ARG002
        """Return what fetches the lists again however new they are; none where that is no way.

        `corrupt` ones are removed before.
        """
        refresh = self.refresh()
        return (refresh,) if refresh else ()

    def unfinished(self, machine: Machine) -> frozenset[str]:  # noqa: ARG002
        """Return the packages that are unpacked or partly configured, not installed."""
        return frozenset()

    def on_hold(self, machine: Machine) -> frozenset[str]:  # noqa: ARG002
        """Return the packages that a person keeps at the version they have."""
        return frozenset()

    def interrupted(self, machine: Machine) -> bool:  # noqa: ARG002
        """Say whether it was interrupted at its work, and does nothing before that is finished."""
        return False

    def resume(self) -> Command | None:
        """Return the command that finishes what it was interrupted at, None where there is none."""
        return None

    def waits_for(self, output: Sequence[str]) -> str | None:
        """Return who holds its lock, where that is why a command failed."""
        for line in output:
            if match := self.locked and self.locked.search(line):
                return next(filter(None, match.groups()), match[0])
        return None

    def index(self, machine: Machine) -> IndexFetch | None:  # noqa: ARG002
        """Return how to fetch the file index, None where it is there or where there is none."""
        return None

    def owners(
        self,
        machine: Machine,  # noqa: ARG002
        needs: Sequence[Need],  # noqa: ARG002
    ) -> Mapping[Need, tuple[Owner, ...]]:
        """Return who would meet each need, the best first; needs that nobody meets are left out.

        It is asked once for all of them, and reads only what is on this machine.
        """
        return {}


class Remover(PackageManager):
    """A package manager that also removes packages. Names are its own, without versions."""

    removes = True

    @abstractmethod
    def present(self, machine: Machine) -> frozenset[str]:
        """Return the packages on the machine, including those of which only settings are left."""

    @abstractmethod
    def files(self, machine: Machine, packages: Sequence[str]) -> Mapping[str, frozenset[str]]:
        """Return the files of each package, as absolute paths."""

    @abstractmethod
    def needed_by(self, machine: Machine, packages: Sequence[str]) -> frozenset[str]:
        """Return the packages and all installed packages that they depend on."""

    @abstractmethod
    def would_go(self, machine: Machine, packages: Sequence[str]) -> frozenset[str] | None:
        """Return what removing these would remove, None if the manager refuses; changes nothing."""

    @abstractmethod
    def hold(self, machine: Machine, packages: Sequence[str]) -> Command | None:
        """Return the command that marks packages as explicitly installed, None if none is needed.

        Otherwise the manager's next automatic clean-up would remove them.
        """

    @abstractmethod
    def remove(self, packages: Sequence[str]) -> Command:
        """Return the command that removes exactly these packages, without questions."""


def can_remove(manager: PackageManager | None) -> TypeGuard[Remover]:
    """Say whether buildfix is sure how this manager removes packages."""
    return manager is not None and manager.removes
