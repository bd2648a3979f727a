"""What environment modules (Lmod, Environment Modules) or Spack have on a shared machine."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import chain
from pathlib import PurePosixPath

from buildfix.catalog.schema import Capability
from buildfix.core.errors import CommandNotFound
from buildfix.core.light_dataclass import dataclass
from buildfix.machines.local import Completed, Machine

_MODULE = re.compile(r"^[\w.+-]{1,100}(?:/[\w.+-]{1,100}){0,3}/?(?:\(default\))?$")


@dataclass(frozen=True)
class ModuleSystem:
    """A way to load installed software into the environment, and what it has."""

    title: str
    load: str
    """The command with which a person loads a module, before its names."""
    names: tuple[str, ...]
    """The modules, without their versions."""


def module_names(capability: Capability) -> frozenset[str]:
    """Return what a module with a capability may be called, in lower case."""
    ids = (one.rpartition("/")[2] for one in (capability.id, *capability.other_ids))
    told = (capability.detectors.get(detector, ()) for detector in ("words", "commands"))
    return frozenset(name.lower() for name in (*ids, *chain.from_iterable(told)))


def is_loaded(capability: Capability, environ: Mapping[str, str]) -> bool:
    """Return whether a module with a capability is loaded."""
    loaded = (one.partition("/")[0] for one in environ.get("LOADEDMODULES", "").split(":"))
    return not module_names(capability).isdisjoint(name.lower() for name in loaded if name)


def module_system(machine: Machine) -> ModuleSystem | None:
    """Return the module system that this shell was set up for; None without one.

    `module` is a function of the shell; its program is in a variable (Lmod's manual, modulecmd(1)).
    """
    told = machine.environ
    modules = told.get("LMOD_CMD") or told.get("MODULES_CMD") or _older(told.get("MODULESHOME"))
    if modules:
        title = "Lmod" if told.get("LMOD_CMD") else "Environment Modules"
        answer = _answer(machine, (modules, "bash", "-t", "avail"))
        return ModuleSystem(title, "module load", tuple(_names(answer)))
    if root := told.get("SPACK_ROOT"):
        spack = str(PurePosixPath(root, "bin", "spack"))
        answer = _answer(machine, (spack, "find", "--format", "{name}"))
        return ModuleSystem("Spack", "spack load", tuple(_names(answer)))
    return None


def _older(home: str | None) -> str:
    """Return the program of Environment Modules 3, which has no variable of its own."""
    return str(PurePosixPath(home, "bin", "modulecmd")) if home else ""


def _answer(machine: Machine, argv: Sequence[str]) -> Completed | None:
    try:
        return machine.run(argv)
    except CommandNotFound:
        return None


def _names(answer: Completed | None) -> Iterator[str]:
    """Yield the modules of a terse list, which modulecmd writes to standard error."""
    lines = f"{answer.stdout}\n{answer.stderr}".splitlines() if answer else []
    yield from dict.fromkeys(line.partition("/")[0] for line in lines if _MODULE.match(line))
