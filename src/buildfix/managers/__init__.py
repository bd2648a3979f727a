"""System package managers behind one interface, one module each."""

from __future__ import annotations

from buildfix.managers.apk import Apk
from buildfix.managers.apt import Apt
from buildfix.managers.base import IndexFetch, Owner, PackageManager
from buildfix.managers.dnf import Dnf, Yum
from buildfix.managers.pacman import Pacman
from buildfix.managers.zypper import Zypper

__all__ = ["IndexFetch", "Owner", "PackageManager", "manager_of"]

_EVERY: tuple[PackageManager, ...] = (Apt(), Dnf(), Yum(), Zypper(), Pacman(), Apk())
_MANAGERS = {manager.name: manager for manager in _EVERY}


def manager_of(name: str) -> PackageManager | None:
    """Return the package manager of that name, None where buildfix cannot drive it yet."""
    return _MANAGERS.get(name)
