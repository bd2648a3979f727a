"""The protocol of a system's package manager."""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from typing import TypeGuard

from buildfix.core import Command, Need, Transaction
from buildfix.core.light_dataclass import dataclass
from buildfix.machines.local import Machine

_FOR_SCRIPTS = frozenset(
    {
        *("--", "--yes", "--noconfirm", "--assumeyes", "-N", "--no-progress", "--silent"),
        *("--formula", "--accept-package-agreements", "--accept-source-agreements"),
        "--disable-interactivity",
    }
)
"""Options that a person does not type."""


@dataclass(frozen=True)
class Owner:
    """A package that would meet a need, according to the system's own index."""

    package: str
    path: str
    """The file that meets the need, or the name under which the package provides it."""
    sure: bool = False
    """Whether no other package is nearly as good; only such a package is used unattended."""


@dataclass(frozen=True)
class IndexFetch:
    """How to fetch the index that says which package owns a file, if it is missing."""

    commands: tuple[Command, ...]
    words: str
    """What is fetched and how large it is, for the plan."""
    packages: tuple[str, ...] = ()
    """What the first command installs, if the programs that fetch the index are missing."""


@dataclass(frozen=True)
class AnsibleModule:
    """The Ansible module for a package manager."""

    name: str
    parameters: Mapping[str, object]
    """The parameters of an installation, without the packages."""


class PackageManager(ABC):
    """Queries are answered directly; changes are returned as commands for a plan."""

    name: str
    privileged = False
    """Whether its commands need root."""
    removes = False
    """Whether it is a `Remover`: buildfix knows exactly how it removes packages."""
    ansible: AnsibleModule | None = None
    ansible_pip_needs = ""
    """The package with what Ansible's pip module imports on the target machine."""
    tidy = ""
    """A shell command that removes lists and downloads from an image layer."""
    locked: re.Pattern[str] | None = None
    """What it prints if another process holds its lock; a group, if any, names the process."""

    @abstractmethod
    def installed(self, machine: Machine) -> frozenset[str]:
        """Return the names of the installed packages; empty if the program is missing."""

    @abstractmethod
    def install(self, packages: Sequence[str]) -> Command:
        """Return the command that installs packages in one transaction, without questions."""

    def typed(self, packages: Sequence[str]) -> tuple[str, ...]:
        """Return the words with which a person installs packages."""
        return tuple(word for word in self.install(packages).argv if word not in _FOR_SCRIPTS)

    @abstractmethod
    def versions(self, machine: Machine, packages: Sequence[str]) -> Mapping[str, str]:
        """Return the version that would be installed of each package, in the system's own notation.

        Packages that are not in its lists are omitted.
        """

    def transaction(
        self,
        machine: Machine,  # noqa: ARG002
        packages: Sequence[str],  # noqa: ARG002
    ) -> Transaction | None:
        """Return what an installation would do, from its own simulation; None if it has none."""
        return None

    def lists_fresh(self, machine: Machine) -> bool:  # noqa: ARG002
        """Return whether its lists of available packages exist and are recent."""
        return True

    def refresh(self) -> Command | None:
        """Return the command that refreshes the lists; None if `install` does that itself."""
        return None

    def renew(self, *, corrupt: bool) -> tuple[Command, ...]:  # noqa: ARG002
        """Return the commands that refresh even recent lists; empty if that is not advisable.

        `corrupt` lists are removed first.
        """
        refresh = self.refresh()
        return (refresh,) if refresh else ()

    def packages_of(
        self,
        machine: Machine,  # noqa: ARG002
        libraries: Sequence[str],  # noqa: ARG002
    ) -> Mapping[str, str]:
        """Return the installed package of each shared library, as `libxml2 2.12.7`.

        Libraries that no package owns, or that cannot be asked for, are omitted.
        """
        return {}

    def unfinished(self, machine: Machine) -> frozenset[str]:  # noqa: ARG002
        """Return the packages that are unpacked or partly configured."""
        return frozenset()

    def on_hold(self, machine: Machine) -> frozenset[str]:  # noqa: ARG002
        """Return the packages that a person holds at their version."""
        return frozenset()

    def interrupted(self, machine: Machine) -> bool:  # noqa: ARG002
        """Return whether it was interrupted, and must finish that before anything else."""
        return False

    def resume(self) -> Command | None:
        """Return the command that finishes interrupted work; None if there is none."""
        return None

    def waits_for(self, output: Sequence[str]) -> str | None:
        """Return who holds its lock, if that is why a command failed."""
        for line in output:
            if match := self.locked and self.locked.search(line):
                return next(filter(None, match.groups()), match[0])
        return None

    def index(self, machine: Machine) -> IndexFetch | None:  # noqa: ARG002
        """Return how to fetch the file index; None if it exists, or if the system has none."""
        return None

    def owners(
        self,
        machine: Machine,  # noqa: ARG002
        needs: Sequence[Need],  # noqa: ARG002
    ) -> Mapping[Need, tuple[Owner, ...]]:
        """Return which packages would meet each need, the best first; others are omitted.

        It is called once for all needs, and only reads what is on this machine.
        """
        return {}


class Remover(PackageManager):
    """A package manager that also removes packages. Names are its own, without versions."""

    removes = True

    @abstractmethod
    def present(self, machine: Machine) -> frozenset[str]:
        """Return the packages on the machine, including those with only settings left."""

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
        """Return the command that marks packages as explicitly installed; None if not needed.

        Otherwise the manager's next automatic cleanup would remove them.
        """

    @abstractmethod
    def remove(self, packages: Sequence[str]) -> Command:
        """Return the command that removes exactly these packages, without questions."""


def can_remove(manager: PackageManager | None) -> TypeGuard[Remover]:
    """Return whether buildfix knows exactly how this manager removes packages."""
    return manager is not None and manager.removes
