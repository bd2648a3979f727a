"""CMake's commands, as far as they look for something, compile, or set what conditions ask for."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable
from typing import TYPE_CHECKING

from buildfix.sources.cmake.conditions import constant
from buildfix.sources.cmake.syntax import Command
from buildfix.sources.meson.values import GaveUp
from buildfix.sources.survey import language_of
from buildfix.sources.world import Probe

if TYPE_CHECKING:
    from buildfix.sources.cmake.interpreter import Interpreter

_LANGUAGES = {
    "C": "c",
    "CXX": "cxx",
    "Fortran": "fortran",
    "CUDA": "cuda",
    "OBJC": "c",
    "OBJCXX": "cxx",
    "ASM": "c",
}
_PYTHON = re.compile(r"^Python[23]?(?:Libs|Interp|Extensions)?$")
_FIND_KEYWORDS = frozenset(
    ["NAMES", "PATHS", "HINTS", "PATH_SUFFIXES", "DOC", "REQUIRED", "NO_DEFAULT_PATH", "NO_CACHE", "NO_CMAKE_PATH", "ENV", "NAMES_PER_DIR", "VALIDATOR", "NO_PACKAGE_ROOT_PATH", "NO_CMAKE_ENVIRONMENT_PATH", "NO_SYSTEM_ENVIRONMENT_PATH", "NO_CMAKE_SYSTEM_PATH", "NO_CMAKE_INSTALL_PREFIX", "CMAKE_FIND_ROOT_PATH_BOTH", "ONLY_CMAKE_FIND_ROOT_PATH", "NO_CMAKE_FIND_ROOT_PATH", "REGISTRY_VIEW"]
)
_BOX = frozenset(
    {
        "STATIC",
        "SHARED",
        "MODULE",
        "OBJECT",
        "INTERFACE",
        "IMPORTED",
        "ALIAS",
        "WIN32",
        "MACOSX_BUNDLE",
        "EXCLUDE_FROM_ALL",
        "UNKNOWN",
        "GLOBAL",
        "WITH_SOABI",
        "THIN_LTO",
        "NO_EXTRAS",
    }
)


def _project(machine: Interpreter, command: Command) -> None:
    words = machine.arguments(command.words)
    name = words[0] if words else ""
    machine.variables.update(
        {
            "PROJECT_NAME": name,
            "CMAKE_PROJECT_NAME": name,
            "PROJECT_SOURCE_DIR": machine.variable("CMAKE_CURRENT_SOURCE_DIR"),
        }
    )
    machine.variables[f"{name}_SOURCE_DIR"] = machine.variable("CMAKE_CURRENT_SOURCE_DIR")
    rest = words[1:]
    if "VERSION" in rest:
        place = rest.index("VERSION")
        machine.variables["PROJECT_VERSION"] = "".join(rest[place + 1 : place + 2])
        rest = rest[:place] + rest[place + 2 :]
    for keyword in ("DESCRIPTION", "HOMEPAGE_URL"):
        if keyword in rest:
            place = rest.index(keyword)
            rest = rest[:place] + rest[place + 2 :]
    languages = rest[rest.index("LANGUAGES") + 1 :] if "LANGUAGES" in rest else rest
    for language in languages or ["C", "CXX"]:
        _speak(machine, language, command)


def _speak(machine: Interpreter, language: str, command: Command) -> None:
    known = _LANGUAGES.get(language)
    if known:
        machine.seen.languages.setdefault(known, machine.where(command))


def _enable_language(machine: Interpreter, command: Command) -> None:
    words = machine.arguments(command.words)
    if "OPTIONAL" not in words:
        for word in words:
            _speak(machine, word, command)


def _minimum(machine: Interpreter, command: Command) -> None:
    words = machine.arguments(command.words)
    if len(words) > 1 and words[0] == "VERSION" and not machine.folder:
        required = ">=" + words[1].partition("...")[0]
        machine.demand(Probe("tool-missing", "cmake", required, machine.where(command)))


def _find_package(machine: Interpreter, command: Command) -> None:
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
    _set_found(machine, name, found, version)


def _python_or_always(machine: Interpreter, name: str, rest: list[str], command: Command) -> None:
    if name == "PkgConfig":
        probe = Probe("tool-missing", "pkg-config", where=machine.where(command))
        found = machine.demand(probe) if "REQUIRED" in rest else machine.wish(probe)
    else:
        found = (
            name not in ("Doxygen", "GTest", "GoogleTest", "benchmark", "Catch2", "Sphinx")
            or "REQUIRED" in rest
        )
    _set_found(machine, name, found, None)


def _own_module(machine: Interpreter, name: str, required: bool) -> bool:
    """Follow the tree's own Find module, which asks for what it needs by itself."""
    file = _module_file(machine, f"Find{name}")
    if file is None:
        return False
    machine.variables[f"{name}_FIND_REQUIRED"] = "1" if required else "0"
    machine.variables["CMAKE_FIND_PACKAGE_NAME"] = name
    machine.run_file(file)
    return True


def _module_file(machine: Interpreter, module: str) -> str | None:
    """Return the tree's own module of that name, where the project says modules lie."""
    folders = (machine.variable("CMAKE_MODULE_PATH") or "").split(";")
    for folder in folders:
        inside = machine.inside(folder) if folder else None
        if inside is not None:
            file = posixpath.join(inside, f"{module}.cmake")
            if file in machine.survey.tree.names():
                return file
    return None


def _set_found(machine: Interpreter, name: str, found: bool, version: str | None) -> None:
    for spelled in {name, name.upper()}:
        machine.variables[f"{spelled}_FOUND"] = "1" if found else "0"
        if found:
            machine.variables[f"{spelled}_VERSION"] = None
            for part in ("LIBRARIES", "INCLUDE_DIRS", "INCLUDE_DIR", "LIBRARY"):
                machine.variables.setdefault(f"{spelled}_{part}", "found")
    if found:
        machine.packages.add(name.lower())
        machine.targets.update((name, f"{name}::{name}", f"{name}::{name.lower()}"))


def _handle_standard(machine: Interpreter, command: Command) -> None:
    """A Find module's verdict: all of its required variables must have been found."""
    words = machine.arguments(command.words)
    if not words:
        return
    name = words[0]
    listed = words[words.index("REQUIRED_VARS") + 1 :] if "REQUIRED_VARS" in words else words[2:]
    values = [machine.variable(one) for one in listed if one.isidentifier() and machine.known(one)]
    missing = any(value is not None and constant(value) is False for value in values)
    if missing and machine.variable(f"{name}_FIND_REQUIRED") == "1":
        raise GaveUp(machine.where(command), f"{name} not found: {missing}")
    _set_found(machine, name, not missing, None)


def _pkg_check(machine: Interpreter, command: Command) -> None:
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


def _find(machine: Interpreter, command: Command) -> None:
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
        found = any([machine.wish(probe) for probe in probes])
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


def _message(machine: Interpreter, command: Command) -> None:
    words = machine.arguments(command.words)
    fatal = words and words[0] in ("FATAL_ERROR", "SEND_ERROR")
    if fatal and machine.where(command) not in machine.world.waived:
        raise GaveUp(machine.where(command), " ".join(words[1:])[:200])


def _set(machine: Interpreter, command: Command) -> None:
    if not command.words:
        return
    name = machine.expand(command.words[0])
    if name is None or name.startswith("ENV{"):
        return
    rest = command.words[1:]
    values = [machine.expand(word) for word in rest]
    if values and values[-1] == "PARENT_SCOPE":
        values.pop()
        value = None if None in values else ";".join(one for one in values if one)
        machine.variables[f"PARENT:{name}"] = value
        return
    plain = [word for word in values if word is not None]
    if "CACHE" in plain:
        if machine.known(name):
            return
        values = values[: values.index("CACHE")]
    if not values:
        machine.variables.pop(name, None)
        return
    machine.variables[name] = None if None in values else ";".join(one or "" for one in values)


def _unset(machine: Interpreter, command: Command) -> None:
    for name in machine.arguments(command.words)[:1]:
        machine.variables.pop(name, None)


def _option(machine: Interpreter, command: Command) -> None:
    words = machine.arguments(command.words)
    if words and not machine.known(words[0]):
        machine.variables[words[0]] = words[2] if len(words) > 2 else "OFF"


def _dependent_option(machine: Interpreter, command: Command) -> None:
    words = machine.arguments(command.words)
    if len(words) > 2 and not machine.known(words[0]):
        machine.variables[words[0]] = words[2]


def _list(machine: Interpreter, command: Command) -> None:
    words = machine.arguments(command.words)
    if len(words) < 2:
        return
    action, name = words[:2]
    before = machine.variable(name)
    if action in ("APPEND", "PREPEND") and before is not None:
        items = [one for one in before.split(";") if one]
        machine.variables[name] = ";".join(
            [*items, *words[2:]] if action == "APPEND" else [*words[2:], *items]
        )
    elif action == "REMOVE_ITEM" and before is not None:
        machine.variables[name] = ";".join(one for one in before.split(";") if one not in words[2:])
    elif action in ("LENGTH", "GET", "FIND", "JOIN", "SUBLIST"):
        machine.variables[words[-1]] = None


def _string(machine: Interpreter, command: Command) -> None:
    words = [machine.expand(word) for word in command.words]
    if len(words) == 3 and words[0] in ("TOLOWER", "TOUPPER", "STRIP") and words[2]:
        text = words[1]
        changed = (
            None
            if text is None
            else {"TOLOWER": text.lower(), "TOUPPER": text.upper()}.get(str(words[0]), text.strip())
        )
        machine.variables[words[2]] = changed
    elif words[:1] == ["APPEND"] and len(words) > 1 and words[1]:
        before = machine.variable(words[1])
        machine.variables[words[1]] = (
            None
            if before is None or None in words
            else before + "".join(str(one) for one in words[2:])
        )
    elif words[:1] == ["REPLACE"] and len(words) == 5 and words[3]:
        machine.variables[words[3]] = (
            None if None in words else str(words[4]).replace(str(words[1]) or " ", str(words[2]))
        )
    else:
        _forget(machine, words)


def _forget(machine: Interpreter, words: list[str | None]) -> None:
    """Make unknown what a command that is not followed may have set."""
    for word in words[1:]:
        if (word and re.fullmatch(r"[A-Za-z_]\w*", word) and not word.isupper()) or (word and re.fullmatch(r"[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+", word)):
            machine.variables[word] = None


def _include(machine: Interpreter, command: Command) -> None:
    words = machine.arguments(command.words)
    if not words:
        return
    inside = machine.inside(words[0]) if "/" in words[0] or words[0].endswith(".cmake") else None
    file = inside if inside else _module_file(machine, words[0])
    if file:
        machine.run_file(file)


def _add_subdirectory(machine: Interpreter, command: Command) -> None:
    words = machine.arguments(command.words)
    inside = machine.inside(words[0]) if words else None
    if inside and "EXCLUDE_FROM_ALL" not in words:
        machine.run_folder(inside)


def _target(machine: Interpreter, command: Command) -> None:
    words = machine.arguments(command.words)
    if not words:
        return
    machine.targets.add(words[0])
    _note_sources(machine, words[1:], command)


def _target_sources(machine: Interpreter, command: Command) -> None:
    _note_sources(machine, machine.arguments(command.words)[1:], command)


def _note_sources(machine: Interpreter, words: list[str], command: Command) -> None:
    for word in words:
        inside = machine.inside(word) if word not in _BOX and language_of(word) else None
        if inside:
            machine.seen.sources.setdefault(inside, (frozenset(), machine.where(command)))


def _link(machine: Interpreter, command: Command) -> None:
    """Note plain library names; targets and paths are found by other commands."""
    words = machine.arguments(command.words)
    for word in words[1:]:
        name = word.removeprefix("-l")
        plain = re.fullmatch(r"[a-zA-Z][\w+.-]*", name) and name not in (
            "PUBLIC",
            "PRIVATE",
            "INTERFACE",
            "found",
        )
        keyword = name in ("debug", "optimized", "general", "LINK_PUBLIC", "LINK_PRIVATE")
        if (
            plain
            and not keyword
            and name not in machine.targets
            and machine.survey.knowledge.capability("library-missing", name)
        ):
            machine.variables.setdefault("LINKED", "")
            machine.seen.ask(Probe("library-missing", name, where=machine.where(command)), "likely")


def _check(machine: Interpreter, command: Command) -> None:
    """A check that compiles something: what it asks for is taken as found."""
    words = machine.arguments(command.words)
    if not words:
        return
    variable = words[-1]
    if (
        command.name == "check_include_file"
        or command.name == "check_include_files"
        or command.name == "check_include_file_cxx"
    ):
        header, variable = words[0].split(";")[0], words[1] if len(words) > 1 else ""
        facts = machine.survey.facts
        found = facts.standard_header(header) or machine.wish(
            Probe("header-missing", header, where=machine.where(command))
        )
        machine.variables[variable] = "1" if found else "0"
    else:
        machine.variables[variable] = None


def _execute(machine: Interpreter, command: Command) -> None:
    words = machine.arguments(command.words)
    for key in ("RESULT_VARIABLE", "OUTPUT_VARIABLE", "ERROR_VARIABLE", "RESULTS_VARIABLE"):
        if key in words[:-1]:
            machine.variables[words[words.index(key) + 1]] = (
                "0" if key.startswith("RESULT") else None
            )


def _fetch(machine: Interpreter, command: Command) -> None:
    machine.fetched = True
    for name in machine.arguments(command.words):
        machine.variables[f"{name}_POPULATED"] = "1"
        machine.variables[f"{name.lower()}_POPULATED"] = "1"
        machine.variables[f"{name.lower()}_SOURCE_DIR"] = f"/fetched/{name}"


def _forgetting(machine: Interpreter, command: Command) -> None:
    _forget(machine, [machine.expand(word) for word in command.words])


def _parse_arguments(machine: Interpreter, command: Command) -> None:
    words = [machine.expand(word) for word in command.words]
    if words[:1] == ["PARSE_ARGV"]:
        words = words[2:]
    if len(words) < 4 or words[0] is None:
        return
    prefix, flags, singles, several = (
        str(words[0]),
        *(str(one or "").split(";") for one in words[1:4]),
    )
    key: str | None = None
    for flag in flags:
        machine.variables[f"{prefix}_{flag}"] = "FALSE"
    for word in (part for one in words[4:] if one for part in one.split(";")):
        if word in flags:
            machine.variables[f"{prefix}_{word}"] = "TRUE"
            key = None
        elif word in singles or word in several:
            key = f"{prefix}_{word}"
        elif key is not None:
            before = machine.variable(key) if key[len(prefix) + 1 :] in several else ""
            machine.variables[key] = f"{before};{word}" if before else word


def _pybind_module(machine: Interpreter, command: Command) -> None:
    machine.seen.languages.setdefault("cxx", machine.where(command))
    _target(machine, command)


COMMANDS: dict[str, Callable[[Interpreter, Command], None]] = {
    "project": _project,
    "enable_language": _enable_language,
    "cmake_minimum_required": _minimum,
    "find_package": _find_package,
    "find_dependency": _find_package,
    "find_package_handle_standard_args": _handle_standard,
    "pkg_check_modules": _pkg_check,
    "pkg_search_module": _pkg_check,
    "find_program": _find,
    "find_library": _find,
    "find_path": _find,
    "find_file": _find,
    "message": _message,
    "set": _set,
    "unset": _unset,
    "option": _option,
    "cmake_dependent_option": _dependent_option,
    "list": _list,
    "string": _string,
    "math": _forgetting,
    "get_filename_component": _forgetting,
    "cmake_path": _forgetting,
    "get_target_property": _forgetting,
    "get_property": _forgetting,
    "file": _forgetting,
    "separate_arguments": _forgetting,
    "try_compile": _forgetting,
    "try_run": _forgetting,
    "include": _include,
    "add_subdirectory": _add_subdirectory,
    "add_library": _target,
    "add_executable": _target,
    "python_add_library": _target,
    "python3_add_library": _target,
    "pybind11_add_module": _pybind_module,
    "nanobind_add_module": _pybind_module,
    "target_sources": _target_sources,
    "target_link_libraries": _link,
    "check_include_file": _check,
    "check_include_files": _check,
    "check_include_file_cxx": _check,
    "check_c_source_compiles": _check,
    "check_cxx_source_compiles": _check,
    "check_c_compiler_flag": _check,
    "check_cxx_compiler_flag": _check,
    "check_function_exists": _check,
    "check_symbol_exists": _check,
    "check_cxx_symbol_exists": _check,
    "check_library_exists": _check,
    "check_language": _check,
    "execute_process": _execute,
    "fetchcontent_makeavailable": _fetch,
    "fetchcontent_populate": _fetch,
    "cmake_parse_arguments": _parse_arguments,
}
