"""CMake's commands, as far as they look for something, compile, or set what conditions ask for."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING

from buildfix.analysis.cmake.finding import (
    find,
    find_package,
    handle_standard,
    module_file,
    pkg_check,
)
from buildfix.analysis.cmake.running import execute
from buildfix.analysis.cmake.syntax import Command
from buildfix.analysis.probe_environment import Probe
from buildfix.analysis.survey import language_of
from buildfix.analysis.symbolic_run import GaveUp

if TYPE_CHECKING:
    from buildfix.analysis.cmake.interpreter import Interpreter

_LANGUAGES = {
    "C": "c",
    "CXX": "cxx",
    "Fortran": "fortran",
    "CUDA": "cuda",
    "OBJC": "c",
    "OBJCXX": "cxx",
    "ASM": "c",
}
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
        required = ">=" + words[1].partition("..")[0]
        machine.demand(Probe("tool-missing", "cmake", required, machine.where(command)))


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
        if (word and re.fullmatch(r"[A-Za-z_]\w*", word) and not word.isupper()) or (
            word and re.fullmatch(r"[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+", word)
        ):
            machine.variables[word] = None


def _include(machine: Interpreter, command: Command) -> None:
    words = machine.arguments(command.words)
    if not words:
        return
    inside = machine.inside(words[0]) if "/" in words[0] or words[0].endswith(".cmake") else None
    file = inside if inside else module_file(machine, words[0])
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
            unclear = machine.doubt or machine.fetched or machine.packages
            machine.seen.ask(
                Probe("library-missing", name, where=machine.where(command)),
                "likely" if unclear else "sure",
            )


def _check(machine: Interpreter, command: Command) -> None:
    """Take what a check compiles as found, unless it asks for a header."""
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
    "find_package": find_package,
    "find_dependency": find_package,
    "find_package_handle_standard_args": handle_standard,
    "pkg_check_modules": pkg_check,
    "pkg_search_module": pkg_check,
    "find_program": find,
    "find_library": find,
    "find_path": find,
    "find_file": find,
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
    "execute_process": execute,
    "fetchcontent_makeavailable": _fetch,
    "fetchcontent_populate": _fetch,
    "cmake_parse_arguments": _parse_arguments,
}
