"""System package managers behind one interface, one module each."""

from __future__ import annotations

from buildfix.managers.apt import Apt
from buildfix.managers.base import Owner, PackageManager

__all__ = ["Owner", "PackageManager", "manager_of"]

_MANAGERS: dict[str, PackageManager] = {manager.name: manager for manager in (Apt(),)}


def manager_of(name: str) -> PackageManager | None:
    """Return the package manager of that name, None where buildfix cannot drive it yet."""
    return _MANAGERS.get(name)
