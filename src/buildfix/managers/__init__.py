"""System package managers behind one interface, one module each."""

from __future__ import annotations

from buildfix.managers.apk import Apk
from buildfix.managers.apt import Apt
from buildfix.managers.base import IndexFetch, Owner, PackageManager
from buildfix.managers.brew import Brew
from buildfix.managers.choco import Choco
from buildfix.managers.conda import Conda, conda_of
from buildfix.managers.dnf import Dnf, Yum
from buildfix.managers.emerge import Emerge
from buildfix.managers.pacman import Pacman
from buildfix.managers.pkg import Pkg
from buildfix.managers.port import Port
from buildfix.managers.termux import Termux
from buildfix.managers.vcpkg import Vcpkg
from buildfix.managers.winget import Winget
from buildfix.managers.xbps import Xbps
from buildfix.managers.zypper import Zypper
from buildfix.model import Host

__all__ = ["IndexFetch", "Owner", "PackageManager", "manager_for", "manager_of"]

_EVERY: tuple[PackageManager, ...] = (
    *(Apt(), Termux(), Dnf(), Yum(), Zypper(), Pacman(), Apk(), Xbps(), Emerge(), Pkg()),
    *(Brew(), Port(), Conda(), Winget(), Choco(), Vcpkg()),
)
_MANAGERS = {manager.name: manager for manager in _EVERY}


def manager_of(name: str) -> PackageManager | None:
    """Return the package manager of that name, None where buildfix cannot drive it yet."""
    return _MANAGERS.get(name)


def manager_for(name: str, host: Host) -> PackageManager | None:
    """Return the package manager that a recipe names, as this host has it.

    conda's is for the target interpreter's environment; `dnf` may still be yum; `pkg` is
    FreeBSD's or Termux'.
    """
    if name == "conda":
        return conda_of(host)
    if name == "pkg" and not host.system.startswith("freebsd"):
        return manager_of("termux")
    if name == "dnf" and "dnf" not in host.commands and "yum" in host.commands:
        return manager_of("yum")
    return manager_of(name)
