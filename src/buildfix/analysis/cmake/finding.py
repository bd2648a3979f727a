"""CMake's commands that look for something on the machine."""

from __future__ import annotations

import posixpath
import re
from typing import TYPE_CHECKING

from buildfix.analysis.cmake.call import Call
from buildfix.analysis.cmake.conditions import constant
from buildfix.analysis.cmake.fetching import overridden
from buildfix.analysis.probe_environment import Probe
from buildfix.analysis.symbolic_run import GaveUp
from buildfix.analysis.symbolic_values import ROOT, in_tree

if TYPE_CHECKING:
    from buildfix.analysis.cmake.evaluator import Interpreter

_PYTHON = re.compile(r"^Python[23]?(?:Libs|Interp|Extensions)?$")

_FIND_KEYWORDS = frozenset(
    [
        *("NAMES", "PATHS", "HINTS", "PATH_SUFFIXES", "DOC", "REQUIRED", "NO_DEFAULT_PATH"),
        *("NO_CACHE", "NO_CMAKE_PATH", "ENV", "NAMES_PER_DIR", "VALIDATOR"),
        *("NO_PACKAGE_ROOT_PATH", "NO_CMAKE_ENVIRONMENT_PATH", "NO_SYSTEM_ENVIRONMENT_PATH"),
        *("NO_CMAKE_SYSTEM_PATH", "NO_CMAKE_INSTALL_PREFIX", "CMAKE_FIND_ROOT_PATH_BOTH"),
        *("ONLY_CMAKE_FIND_ROOT_PATH", "NO_CMAKE_FIND_ROOT_PATH", "REGISTRY_VIEW"),
    ]
)


def find_package(call: Call) -> None:
    """Look for a package, by the tree's own module where there is one."""
    if not call.words:
        return
    name, rest = call.words[0], call.words[1:]
    if overridden(call):
        _set_found(call, name, True)
        return
    always = call.machine.facts.cmake | call.machine.survey.brought.modules
    if _PYTHON.match(name) or name.lower() in always:
        _python_or_always(call, name)
        return
    if _own_module(call, name):
        return
    version = f">={rest[0]}" if rest and re.fullmatch(r"[\d.]+", rest[0]) else None
    found = call.look_for("cmake-package-missing", name, version)
    if found:
        _ask_for_parts(call, name)
    _set_found(call, name, found)


def _ask_for_parts(call: Call, name: str) -> None:
    """Ask for the components that packages of their own bring, as Boost's `python3`."""
    knowledge = call.machine.survey.knowledge
    whole = knowledge.capability("cmake-package-missing", name)
    for part in call.after("COMPONENTS"):
        library = f"{name.lower()}_{part}"
        owner = knowledge.capability("library-missing", library)
        if owner and owner != whole:
            call.machine.demand(call.probe("library-missing", library))


def _python_or_always(call: Call, name: str) -> None:
    if name == "PkgConfig":
        found = call.look_for("tool-missing", "pkg-config")
    else:
        tests = ("Doxygen", "GTest", "GoogleTest", "benchmark", "Catch2", "Sphinx")
        found = name not in tests or call.required
    _set_found(call, name, found)


def _own_module(call: Call, name: str) -> bool:
    """Follow the tree's own Find module, which asks for what it needs by itself."""
    file = module_file(call.machine, f"Find{name}")
    if file is None:
        return False
    call.set(f"{name}_FIND_REQUIRED", "1" if call.required else "0")
    call.set("CMAKE_FIND_PACKAGE_NAME", name)
    call.machine.run_file(file)
    return True


def module_file(machine: Interpreter, module: str) -> str | None:
    """Return the tree's own module of that name, where the project says modules lie."""
    folders = (machine.variable("CMAKE_MODULE_PATH") or "").split(";")
    for folder in folders:
        inside = machine.inside(folder) if folder else None
        if inside is not None:
            file = posixpath.join(inside, f"{module}.cmake")
            if file in machine.tree.names():
                return file
    return None


def _set_found(call: Call, name: str, found: bool) -> None:
    for spelled in {name, name.upper()}:
        call.set(f"{spelled}_FOUND", "1" if found else "0")
        if found:
            call.set(f"{spelled}_VERSION", None)
            for part in ("LIBRARIES", "INCLUDE_DIRS", "INCLUDE_DIR", "LIBRARY"):
                call.machine.variables.setdefault(f"{spelled}_{part}", "found")
    if found:
        if name.lower() not in call.machine.facts.cmake:
            call.machine.packages.add(name.lower())
        call.machine.targets.update((name, f"{name}::{name}", f"{name}::{name.lower()}"))


def handle_standard(call: Call) -> None:
    """Follow a Find module's verdict: all of its required variables must have been found."""
    if not call.words:
        return
    name, machine = call.words[0], call.machine
    listed = call.after("REQUIRED_VARS") or call.words[2:]
    known = [one for one in listed if one.isidentifier() and machine.known(one)]
    values = ((one, machine.variable(one)) for one in known)
    missing = [one for one, value in values if value is not None and constant(value) is False]
    if missing and machine.variable(f"{name}_FIND_REQUIRED") == "1":
        raise GaveUp(call.where, f"{name} not found: {', '.join(missing)}")
    _set_found(call, name, not missing)


def pkg_check(call: Call) -> None:
    """Look for pkg-config modules, all of them or the first that is there."""
    prefix = "".join(call.words[:1])
    modules = [word for word in call.words[1:] if word not in _PKG_KEYWORDS]
    if call.required or not modules:
        call.machine.demand(call.probe("tool-missing", "pkg-config"))
    found = _look_for_modules(call, modules)
    call.set(f"{prefix}_FOUND", "1" if found else "0")
    if found:
        call.machine.targets.add(f"PkgConfig::{prefix}")
        call.set(f"{prefix}_LIBRARIES", "found")
        call.set(f"{prefix}_INCLUDE_DIRS", "found")
        call.set(f"{prefix}_VERSION", None)


def _look_for_modules(call: Call, modules: list[str]) -> bool:
    choose = call.name == "pkg_search_module"
    asked = modules[:1] if choose and call.required else modules
    found = [call.look_for("pkgconfig-missing", *_module_and_version(word)) for word in asked]
    return (choose and len(modules) > 1) or all(found[-1:])


def _module_and_version(word: str) -> tuple[str, str | None]:
    match = re.match(r"([^<>=]+)(.*)$", word)
    return (match[1], match[2] or None) if match else (word, None)


_PKG_KEYWORDS = frozenset(
    {
        *("REQUIRED", "QUIET", "IMPORTED_TARGET", "GLOBAL"),
        *("NO_CMAKE_PATH", "NO_CMAKE_ENVIRONMENT_PATH"),
    }
)
_FIND_KINDS = {
    "find_program": "tool-missing",
    "find_library": "library-missing",
    "find_path": "header-missing",
    "find_file": "header-missing",
}


def find(call: Call) -> None:
    """Look for a program, a library or a header."""
    if len(call.words) < 2:
        return
    variable, names = call.words[0], _names(call.words[1:])
    before = call.machine.variable(variable) or ""
    if call.machine.known(variable) and constant(before) is not False:
        return
    probes = [call.probe(_FIND_KINDS[call.name], _bare(call.name, name)) for name in names]
    found = bool(probes) and _found(call, probes)
    call.set(variable, f"/usr/{names[0]}" if found else f"{variable}-NOTFOUND")


def _is_bundled(call: Call, probe: Probe) -> bool:
    """Say whether a header is in a folder of the tree that the call names, or in one below it."""
    folders = [in_tree(word) for word in call.words[2:] if word.startswith(ROOT)]
    places = {
        posixpath.normpath(posixpath.join(folder, below, probe.subject))
        for folder in folders
        if folder is not None and probe.kind == "header-missing"
        for below in ("", *call.words[2:])
    }
    return not places.isdisjoint(call.machine.tree.names())


def _found(call: Call, probes: list[Probe]) -> bool:
    if any(_always(call.machine, probe) or _is_bundled(call, probe) for probe in probes):
        return True
    if call.required:
        return call.machine.demand(probes[0])
    asked = [call.machine.has(probe) for probe in probes]
    return any(asked)


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
    facts = machine.facts
    if probe.kind == "library-missing":
        return probe.subject in facts.libraries
    if probe.kind == "header-missing":
        return "." in probe.subject and facts.standard_header(probe.subject)
    return (
        probe.subject in ("python", "python3", "sh", "bash", "git")
        or probe.subject in machine.survey.brought.commands
    )
