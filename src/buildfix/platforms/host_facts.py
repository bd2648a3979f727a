"""The facts about this machine that plans depend on."""

from __future__ import annotations

import platform
import sys
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from platformdirs import user_data_path

from buildfix.catalog import Knowledge
from buildfix.core import Host, Interpreter
from buildfix.machines.local import Machine
from buildfix.machines.owners import Owner, our_own, owner_of
from buildfix.package_managers import manager_for
from buildfix.platforms.cuda import find_cuda
from buildfix.platforms.operating_systems import THIS
from buildfix.platforms.posix import Identity
from buildfix.platforms.rust import find_rust
from buildfix.platforms.setups import present_setups


def gather(machine: Machine, knowledge: Knowledge, interpreter: Interpreter | None = None) -> Host:
    """Return this machine's current facts; raises RecipeError."""
    owner = owner_of(interpreter.path) if interpreter else None
    identity = variant(THIS.identity(), knowledge)
    may_use = THIS.capacity(machine)
    host = Host(
        system=sys.platform,
        id=identity.id,
        id_like=identity.like,
        version=identity.version,
        codename=identity.codename,
        title=identity.title,
        arch=platform.machine(),
        libc=THIS.libc(),
        privilege=THIS.privilege(machine),
        read_only=THIS.read_only(),
        cores=may_use.cores,
        memory_total=may_use.total,
        memory_available=may_use.available,
        data_folder=_data_folder(owner),
        interpreter=interpreter,
    )
    return with_packages(host, machine, knowledge)


def variant(identity: Identity, knowledge: Knowledge) -> Identity:
    """Return the identity of the variant that this system is, where a file shows it (UBI)."""
    recipe = knowledge.system(identity.id)
    files = recipe.variants if recipe else {}
    name = next((name for name, file in files.items() if Path(file).exists()), None)
    return replace(identity, id=name, like=(identity.id, *identity.like)) if name else identity


def _data_folder(owner: Owner | None) -> str:
    """Return buildfix's data folder for this user, or for the target's owner."""
    if owner:
        return str(Path(owner.home, ".local", "share", "buildfix"))
    return str(our_own(user_data_path("buildfix")))


def _environ(machine: Machine, interpreter: Interpreter | None) -> Mapping[str, str]:
    """Return the variables that builds for an interpreter get."""
    owner = owner_of(interpreter.path) if interpreter else None
    return owner.environ(machine.environ) if owner else machine.environ


def with_packages(host: Host, machine: Machine, knowledge: Knowledge) -> Host:
    """Return the host with the current packages, setups and programs on PATH."""
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
