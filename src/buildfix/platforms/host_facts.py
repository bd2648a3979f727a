"""The facts about this machine that plans depend on."""

from __future__ import annotations

import contextlib
import os
import platform
import sys
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from buildfix.catalog import Knowledge
from buildfix.core import Host, Interpreter, Privilege
from buildfix.core.errors import CommandNotFound
from buildfix.machines.local import Machine
from buildfix.machines.owners import Owner, our_own, owner_of
from buildfix.package_managers import manager_for
from buildfix.platforms.cuda import find_cuda
from buildfix.platforms.memory import capacity
from buildfix.platforms.rust import find_rust
from buildfix.platforms.setups import present_setups


def gather(machine: Machine, knowledge: Knowledge, interpreter: Interpreter | None = None) -> Host:
    """Return what this machine is and has, now; raises RecipeError."""
    owner = owner_of(interpreter.path) if interpreter else None
    identity = _identity()
    may_use = capacity(machine)
    host = Host(
        system=sys.platform,
        id=identity["id"],
        id_like=tuple(identity["like"].split()),
        version=identity["version"],
        codename=identity["codename"],
        title=identity["title"],
        arch=platform.machine(),
        libc=_libc(),
        privilege=_privilege(machine),
        cores=may_use.cores,
        memory_total=may_use.total,
        memory_available=may_use.available,
        data_folder=_data_folder(owner),
        interpreter=interpreter,
    )
    return with_packages(host, machine, knowledge)


def _data_folder(owner: Owner | None) -> str:
    """Return where buildfix keeps what belongs to this user, or to whom the target belongs to."""
    if owner:
        return str(Path(owner.home, ".local", "share", "buildfix"))
    from platformdirs import user_data_path

    return str(our_own(user_data_path("buildfix")))


def _environ(machine: Machine, interpreter: Interpreter | None) -> Mapping[str, str]:
    """Return the variables of what builds for an interpreter."""
    owner = owner_of(interpreter.path) if interpreter else None
    return owner.environ(machine.environ) if owner else machine.environ


def with_packages(host: Host, machine: Machine, knowledge: Knowledge) -> Host:
    """Return the host with what its package manager, its setups and PATH hold now."""
    recipe = knowledge.host(host)
    manager = manager_for(recipe.manager, host) if recipe else None
    host = replace(
        host,
        commands=machine.commands(),
        rust=find_rust(machine, _environ(machine, host.interpreter)),
        setups=present_setups(machine, recipe) if recipe else frozenset(),
    )
    if knowledge.cuda:
        host = replace(host, cuda=find_cuda(machine, knowledge.cuda, host))
    if manager is None:
        return host
    return replace(
        host,
        packages=manager.installed(machine),
        lists_fresh=manager.lists_fresh(machine),
        interrupted=manager.interrupted(machine),
    )


def _identity() -> dict[str, str]:
    """Return who the system says it is, in the words of its recipe: os-release(5)'s on Linux."""
    if "com.termux" in os.environ.get("PREFIX", ""):
        return _named("termux", os.environ.get("TERMUX_VERSION", ""))
    if sys.platform == "linux":
        import distro

        return {
            "id": distro.os_release_attr("id") or distro.id(),
            "like": distro.like(),
            "version": distro.os_release_attr("version_id") or distro.version(),
            "codename": distro.codename(),
            "title": distro.name(pretty=True),
        }
    if sys.platform == "darwin":
        return _named("macos", platform.mac_ver()[0])
    if sys.platform == "win32":
        return _named("windows", platform.release().removesuffix("Server"))
    return _named(sys.platform.rstrip("0123456789"), platform.release())


def _named(name: str, version: str) -> dict[str, str]:
    title = f"{name} {version}".strip()
    return {"id": name, "like": "", "version": version, "codename": "", "title": title}


def _libc() -> str:
    with contextlib.suppress(ValueError, OSError, AttributeError):
        return os.confstr("CS_GNU_LIBC_VERSION") or ""
    return "musl" if sys.platform == "linux" else ""


def _privilege(machine: Machine) -> Privilege:
    if sys.platform == "win32":
        import ctypes

        return "root" if ctypes.windll.shell32.IsUserAnAdmin() else "none"
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        return "root"
    try:
        answer = machine.run(["sudo", "-n", "true"])
    except CommandNotFound:
        return "none"
    return "sudo" if answer.returncode == 0 else "sudo-password"
