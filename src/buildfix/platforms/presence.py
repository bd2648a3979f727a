"""Which needs this machine meets already, whoever put it there: a distribution, a person, a module.

Only what can be seen in milliseconds is looked at; what cannot be told counts as lacking, and the
package manager knows then whether its package is there.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from pathlib import Path

from buildfix.catalog import Knowledge
from buildfix.catalog.schema import Capability
from buildfix.core import Host, Need
from buildfix.core.errors import CommandNotFound
from buildfix.machines.local import Machine
from buildfix.platforms.rust import serves
from buildfix.platforms.search_paths import header_folders

_VERSION = re.compile(r"\d+\.\d+(?:\.\d+)*")


def lacking(
    needs: Iterable[Need], host: Host, machine: Machine, knowledge: Knowledge
) -> tuple[Need, ...]:
    """Return the needs of which this machine cannot be seen to meet them."""
    return tuple(need for need in needs if not _is_met(need, host, machine, knowledge))


def _is_met(need: Need, host: Host, machine: Machine, knowledge: Knowledge) -> bool:
    match need.kind:
        case "python-headers-missing":
            return host.interpreter is not None and host.interpreter.has_headers
        case "compiler-missing":
            return _has_compiler(need, host, knowledge)
        case "tool-missing":
            return need.subject in host.commands and _new_enough(need, machine)
        case "pkgconfig-missing":
            return "pkg-config" in host.commands and _pkgconfig_has(need, machine)
        case "header-missing":
            return _has_header(need.subject, host, machine)
        case _:
            return False


def _has_compiler(need: Need, host: Host, knowledge: Knowledge) -> bool:
    if need.subject == "rust" and knowledge.rust:
        return serves(host, knowledge.rust, need.required)
    if need.required is not None:
        return False
    capability = knowledge.capability(need.kind, need.subject)
    names = capability.detectors.get("commands", ()) if capability else ()
    return not host.commands.isdisjoint(names)


def _new_enough(need: Need, machine: Machine) -> bool:
    """Say whether a program is in the version asked for, as it tells by `--version`."""
    if need.required is None:
        return True
    from packaging.specifiers import InvalidSpecifier, SpecifierSet

    try:
        said = machine.run([need.subject, "--version"])
        version = _VERSION.search(said.stdout)
        return bool(version) and SpecifierSet(need.required).contains(version[0])  # type: ignore[index]
    except (CommandNotFound, InvalidSpecifier):
        return False


def _pkgconfig_has(need: Need, machine: Machine) -> bool:
    """Ask pkg-config(1), which compares versions itself."""
    clauses = [f"{need.subject} {clause}" for clause in (need.required or "").split(",")]
    try:
        return machine.run(["pkg-config", "--exists", *map(str.strip, clauses)]).returncode == 0
    except CommandNotFound:
        return False


def has_library(capability: Capability, required: str | None, machine: Machine) -> bool:
    """Say whether pkg-config knows a library on this machine, wherever it is from."""
    modules = capability.detectors.get("pkgconfig", ())
    needs = (Need("pkgconfig-missing", name, required) for name in modules if "*" not in name)
    return any(_pkgconfig_has(need, machine) for need in needs)


def _has_header(name: str, host: Host, machine: Machine) -> bool:
    """Say whether the compiler finds a header without being told where."""
    told = machine.environ.get("CPATH", "").split(os.pathsep)
    folders = (*filter(None, told), *header_folders(host))
    return any(Path(folder, name).is_file() for folder in folders)
