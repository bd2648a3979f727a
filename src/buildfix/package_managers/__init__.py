"""System package managers behind one interface, one module each."""

from __future__ import annotations

from functools import cache
from importlib import import_module

from buildfix.core import Host
from buildfix.package_managers.base import (
    IndexFetch,
    Owner,
    PackageManager,
    Remover,
    can_remove,
)

__all__ = [
    "IndexFetch",
    "Owner",
    "PackageManager",
    "Remover",
    "can_remove",
    "manager_for",
    "manager_of",
]

_CLASSES = {
    "apk": "apk.Apk",
    "apt": "apt.Apt",
    "brew": "brew.Brew",
    "choco": "choco.Choco",
    "conda": "conda.Conda",
    "dnf": "dnf.Dnf",
    "emerge": "emerge.Emerge",
    "pacman": "pacman.Pacman",
    "pkg": "pkg.Pkg",
    "port": "port.Port",
    "termux": "termux.Termux",
    "vcpkg": "vcpkg.Vcpkg",
    "winget": "winget.Winget",
    "xbps": "xbps.Xbps",
    "yum": "dnf.Yum",
    "zypper": "zypper.Zypper",
}
"""Where each one is. They are loaded one by one: a host has but one of them."""


@cache
def manager_of(name: str) -> PackageManager | None:
    """Return the package manager of that name, None where buildfix cannot drive it yet."""
    if name not in _CLASSES:
        return None
    module, _, attribute = _CLASSES[name].partition(".")
    manager: PackageManager = getattr(import_module(f"{__name__}.{module}"), attribute)()
    return manager


def manager_for(name: str, host: Host) -> PackageManager | None:
    """Return the package manager that a recipe names, as this host has it.

    conda's is for the target interpreter's environment; `dnf` may still be yum; `pkg` is
    FreeBSD's or Termux'.
    """
    if name == "conda":
        from buildfix.package_managers.conda import conda_of

        return conda_of(host)
    if name == "pkg" and not host.system.startswith("freebsd"):
        return manager_of("termux")
    if name == "dnf" and "dnf" not in host.commands and "yum" in host.commands:
        return manager_of("yum")
    return manager_of(name)
