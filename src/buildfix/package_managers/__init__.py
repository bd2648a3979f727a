"""System package managers behind one protocol, one module each."""

from __future__ import annotations

from functools import cache
from importlib import import_module
from importlib.util import find_spec

from buildfix.core import Host
from buildfix.package_managers.base import (
    AnsibleModule,
    IndexFetch,
    Owner,
    PackageManager,
    Remover,
    can_remove,
)

__all__ = [
    "AnsibleModule",
    "IndexFetch",
    "Owner",
    "PackageManager",
    "Remover",
    "can_remove",
    "manager_for",
    "manager_of",
]


@cache
def manager_of(name: str) -> PackageManager | None:
    """Return the package manager with that name; None if buildfix does not support it.

    Its module has the same name; only the host's own one is loaded.
    """
    if not name.isidentifier() or find_spec(f"{__name__}.{name}") is None:
        return None
    module = import_module(f"{__name__}.{name}")
    found = (one for one in vars(module).values() if getattr(one, "name", None) == name)
    manager: type[PackageManager] | None = next(found, None)
    return manager() if manager else None


def manager_for(name: str, host: Host) -> PackageManager | None:
    """Return the package manager that a recipe names, as this host has it.

    conda's is for the target interpreter's environment; `dnf` may still be yum; `pkg` is FreeBSD's
    or Termux'.
    """
    if name == "conda":
        from buildfix.package_managers.conda import conda_of

        return conda_of(host)
    if name == "pkg" and not host.system.startswith("freebsd"):
        return manager_of("termux")
    if name == "dnf" and "dnf" not in host.commands and "yum" in host.commands:
        return manager_of("yum")
    return manager_of(name)
