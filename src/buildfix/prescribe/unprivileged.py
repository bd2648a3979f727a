"""The roads of a user without root: packages unpacked into a folder of their own."""

from __future__ import annotations

from collections.abc import Iterator

from buildfix.managers.private import unpack_command, unpacked_variables
from buildfix.model import Host, Need, Step
from buildfix.prescribe.basket import Reasons, all_needs

_NEEDED = frozenset({"apt-get", "dpkg-deb"})


def may_unpack(manager: str, host: Host, *, attended: bool) -> bool:
    """Say whether packages are unpacked privately: root cannot be had, and the tools are there."""
    asks = host.privilege == "sudo-password" and attended
    without_root = host.privilege in ("none", "sudo-password") and not asks
    there = manager == "apt" and host.commands.issuperset(_NEEDED)
    return without_root and there and bool(host.data_folder) and host.interpreter is not None


def unpack_steps(packages: Reasons, host: Host) -> Iterator[Step]:
    """Yield the steps that unpack packages and make builds use them."""
    interpreter = host.interpreter
    if interpreter is None:
        return
    because: tuple[Need, ...] = all_needs(packages)
    folder, names = f"{host.data_folder}/{host.id}-{host.version}", tuple(packages)
    command = unpack_command(names, folder, interpreter)
    yield Step(
        "packages",
        f"Unpack {', '.join(names)} into {folder}: there is no root here to install them",
        because,
        argv=command.argv,
        manager="apt",
        packages=names,
    )
    yield Step(
        "environment",
        f"Build with what is unpacked in {folder}",
        because,
        variables=tuple(unpacked_variables(folder, host.arch, interpreter)),
    )
