"""CMake's commands that look for something on the machine."""

from __future__ import annotations

import posixpath
import re
from typing import TYPE_CHECKING

from buildfix.analysis.cmake.conditions import constant
from buildfix.analysis.cmake.syntax import Command
from buildfix.analysis.probe_environment import Probe
from buildfix.analysis.symbolic_run import GaveUp

if TYPE_CHECKING:
    from buildfix.analysis.cmake.interpreter import Interpreter

_PYTHON = re.compile(r"^Python[23]?(?:Libs|Interp|Extensions)?$")

_FIND_KEYWORDS = frozenset(
    [
        "NAMES",
        "PATHS",
        "HINTS",
        "PATH_SUFFIXES",
        "DOC",
        "REQUIRED",
        "NO_DEFAULT_PATH",
        "NO_CACHE",
        "NO_CMAKE_PATH",
        "ENV",
        "NAMES_PER_DIR",
        "VALIDATOR",
        "NO_PACKAGE_ROOT_PATH",
        "NO_CMAKE_ENVIRONMENT_PATH",
        "NO_SYSTEM_ENVIRONMENT_PATH",
        "NO_CMAKE_SYSTEM_PATH",
        "NO_CMAKE_INSTALL_PREFIX",
        "CMAKE_FIND_ROOT_PATH_BOTH",
        "ONLY_CMAKE_FIND_ROOT_PATH",
        "NO_CMAKE_FIND_ROOT_PATH",
        "REGISTRY_VIEW",
    ]
)


def find_package(machine: Interpreter, command: Command) -> None:
    """Look for a package, by the tree's own module where there is one."""
    words = machine.arguments(command.words)
    if not words:
        return
    name, rest = words[0], words[1:]
    required = "REQUIRED" in rest
    if (
        _PYTHON.match(name)
        or name.lower() in machine.survey.facts.cmake
        or name.lower() in machine.survey.brought.modules
    ):
        _python_or_always(machine, name, rest, command)
        return
    if _own_module(machine, name, required):
        return
    version = rest[0] if rest and re.fullmatch(r"[\d.]+", rest[0]) else None
    probe = Probe(
        "cmake-package-missing", name, f">={version}" if version else None, machine.where(command)
    )
    found = machine.demand(probe) if required else machine.wish(probe)
    if found:
        _ask_for_parts(machine, name, rest, command)
    _set_found(machine, name, found)


def _ask_for_parts(machine: Interpreter, name: str, rest: list[str], command: Command) -> None:
    """Ask for the components that packages of their own bring, as Boost's `python3`."""
    listed = rest[rest.index("COMPONENTS") + 1 :] if "COMPONENTS" in rest else []
    knowledge = machine.survey.knowledge
    whole = knowledge.capability("cmake-package-missing", name)
    for part in listed:
        library = f"{name.lower()}_{part}"
        owner = knowledge.capability("library-missing", library)
        if owner and owner != whole:
            machine.demand(Probe("library-missing", library, where=machine.where(command)))


def _python_or_always(machine: Interpreter, name: str, rest: list[str], command: Command) -> None:
    if name == "PkgConfig":
        probe = Probe("tool-missing", "pkg-config", where=machine.where(command))
        found = machine.demand(probe) if "REQUIRED" in rest else machine.wish(probe)
    else:
        found = (
            name not in ("Doxygen", "GTest", "GoogleTest", "benchmark", "Catch2", "Sphinx")
            or "REQUIRED" in rest
        )
    _set_found(machine, name, found)


def _own_module(machine: Interpreter, name: str, required: bool) -> bool:
    """Follow the tree's own Find module, which asks for what it needs by itself."""
    file = module_file(machine, f"Find{name}")
    if file is None:
        return False
    machine.variables[f"{name}_FIND_REQUIRED"] = "1" if required else "0"
    machine.variables["CMAKE_FIND_PACKAGE_NAME"] = name
    machine.run_file(file)
    return True


def module_file(machine: Interpreter, module: str) -> str | None:
    """Return the tree's own module of that name, where the project says modules lie."""
    folders = (machine.variable("CMAKE_MODULE_PATH") or "").split(";")
    for folder in folders:
        inside = machine.inside(folder) if folder else None
        if inside is not None:
            file = posixpath.join(inside, f"{module}.cmake")
            if file in machine.survey.tree.names():
                return file
    return None


def _set_found(machine: Interpreter, name: str, found: bool) -> None:
    for spelled in {name, name.upper()}:
        machine.variables[f"{spelled}_FOUND"] = "1" if found else "0"
        if found:
            machine.variables[f"{spelled}_VERSION"] = None
            for part in ("LIBRARIES", "INCLUDE_DIRS", "INCLUDE_DIR", "LIBRARY"):
                machine.variables.setdefault(f"{spelled}_{part}", "found")
    if found:
        if name.lower() not in machine.survey.facts.cmake:
            machine.packages.add(name.lower())
        machine.targets.update((name, f"{name}::{name}", f"{name}::{name.lower()}"))


def handle_standard(machine: Interpreter, command: Command) -> None:
    """Follow a Find module's verdict: all of its required variables must have been found."""
    words = machine.arguments(command.words)
    if not words:
        return
    name = words[0]
    listed = words[words.index("REQUIRED_VARS") + 1 :] if "REQUIRED_VARS" in words else words[2:]
    values = [machine.variable(one) for one in listed if one.isidentifier() and machine.known(one)]
    missing = any(value is not None and constant(value) is False for value in values)
    if missing and machine.variable(f"{name}_FIND_REQUIRED") == "1":
        raise GaveUp(machine.where(command), f"{name} not found: {missing}")
    _set_found(machine, name, not missing)


def pkg_check(machine: Interpreter, command: Command) -> None:
    """Look for pkg-config modules, all of them or the first that is there."""
    words = machine.arguments(command.words)
    prefix, rest = (words[0], words[1:]) if words else ("", [])
    required = "REQUIRED" in rest
    keywords = {
        "REQUIRED",
        "QUIET",
        "IMPORTED_TARGET",
        "GLOBAL",
        "NO_CMAKE_PATH",
        "NO_CMAKE_ENVIRONMENT_PATH",
    }
    modules = [word for word in rest if word not in keywords]
    found = True
    if required or not modules:
        machine.demand(Probe("tool-missing", "pkg-config", where=machine.where(command)))
    choose = command.name == "pkg_search_module"
    for word in modules[:1] if choose and required else modules:
        match = re.match(r"([^<>=]+)(.*)$", word)
        name, version = (match[1], match[2] or None) if match else (word, None)
        probe = Probe("pkgconfig-missing", name, version, machine.where(command))
        answer = machine.demand(probe) if required else machine.wish(probe)
        found = answer or (found and choose and len(modules) > 1)
    machine.variables[f"{prefix}_FOUND"] = "1" if found else "0"
    if found:
        machine.targets.add(f"PkgConfig::{prefix}")
        machine.variables.update(
            {
                f"{prefix}_LIBRARIES": "found",
                f"{prefix}_INCLUDE_DIRS": "found",
                f"{prefix}_VERSION": None,
            }
        )


_FIND_KINDS = {
    "find_program": "tool-missing",
    "find_library": "library-missing",
    "find_path": "header-missing",
    "find_file": "header-missing",
}


def find(machine: Interpreter, command: Command) -> None:
    """Look for a program, a library or a header."""
    words = machine.arguments(command.words)
    if len(words) < 2:
        return
    variable, rest = words[0], words[1:]
    if machine.known(variable) and constant(machine.variable(variable) or "") is not False:
        return
    names = _names(rest)
    if not names:
        machine.variables[variable] = f"{variable}-NOTFOUND"
        return
    probes = [
        Probe(_FIND_KINDS[command.name], _bare(command.name, name), where=machine.where(command))
        for name in names
    ]
    if any(_always(machine, probe) for probe in probes):
        found = True
    elif "REQUIRED" in rest:
        found = machine.demand(probes[0])
    else:
        asked = [machine.wish(probe) for probe in probes]
        found = any(asked)
    machine.variables[variable] = f"/usr/{names[0]}" if found else f"{variable}-NOTFOUND"


def _names(words: list[str]) -> list[str]:
    names: list[str] = []
    taking = True
    for word in words:
        if word in _FIND_KEYWORDS:
            taking = word == "NAMES"
        elif taking:
            names.append(word)
    return names


def _bare(kind: str, name: str) -> str:
    if kind == "find_library":
        return re.sub(r"^lib(?=.*\.)|\.(?:so|a|dylib|lib)$", "", name)
    return posixpath.basename(name) if kind == "find_program" else name


def _always(machine: Interpreter, probe: Probe) -> bool:
    facts = machine.survey.facts
    if probe.kind == "library-missing":
        return probe.subject in facts.libraries
    if probe.kind == "header-missing":
        return "." in probe.subject and facts.standard_header(probe.subject)
    return (
        probe.subject in ("python", "python3", "sh", "bash", "git")
        or probe.subject in machine.survey.brought.commands
    )
