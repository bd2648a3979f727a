"""The steps by which a package manager works."""

from __future__ import annotations

from typing import Any, TypeVar

from buildfix.core import Command, InstallPackages, Need, RunCommand
from buildfix.package_managers.base import PackageManager

_Kind = TypeVar("_Kind", bound=RunCommand)


def managed(
    kind: type[_Kind],
    manager: PackageManager,
    command: Command,
    summary: str,
    because: tuple[Need, ...] = (),
    **more: Any,
) -> _Kind:
    """Return a package manager's command as a step, as root where the manager needs that."""
    return kind(
        summary,
        because,
        argv=command.argv,
        env=command.env,
        privileged=manager.privileged,
        manager=manager.name,
        success=command.success,
        **more,
    )


def installing(
    manager: PackageManager,
    packages: tuple[str, ...],
    because: tuple[Need, ...] = (),
    *,
    verb: str = "Install",
    afterwards: bool = False,
) -> InstallPackages:
    """Return the step that installs packages in one transaction."""
    summary, command = f"{verb} {', '.join(packages)}", manager.install(packages)
    return managed(
        InstallPackages,
        manager,
        command,
        summary,
        because,
        packages=packages,
        typed=manager.typed(packages),
        afterwards=afterwards,
    )
