"""CMake's commands, as far as they look for something, compile, or set what conditions ask for."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable, Iterable
from itertools import chain

from buildfix.analysis.cmake.call import Call, split_list
from buildfix.analysis.cmake.fetching import (
    OF_CPM,
    cpm_package,
    declare,
    external_project,
    make_available,
    populate,
)
from buildfix.analysis.cmake.finding import (
    find,
    find_package,
    handle_standard,
    module_file,
    pkg_check,
)
from buildfix.analysis.cmake.running import execute
from buildfix.analysis.downloads import download
from buildfix.analysis.symbolic_run import GaveUp

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
        *("STATIC", "SHARED", "MODULE", "OBJECT", "INTERFACE", "IMPORTED"),
        *("ALIAS", "WIN32", "MACOSX_BUNDLE", "EXCLUDE_FROM_ALL"),
        *("UNKNOWN", "GLOBAL", "WITH_SOABI", "THIN_LTO", "NO_EXTRAS"),
    }
)


def _project(call: Call) -> None:
    name, rest = "".join(call.words[:1]), call.words[1:]
    folder = call.machine.variable("CMAKE_CURRENT_SOURCE_DIR")
    call.machine.variables.update(
        {
            "PROJECT_NAME": name,
            "CMAKE_PROJECT_NAME": name,
            "PROJECT_SOURCE_DIR": folder,
            f"{name}_SOURCE_DIR": folder,
        }
    )
    for keyword in ("VERSION", "DESCRIPTION", "HOMEPAGE_URL"):
        if keyword in rest:
            place = rest.index(keyword)
            if keyword == "VERSION":
                call.set("PROJECT_VERSION", "".join(rest[place + 1 : place + 2]))
            rest = rest[:place] + rest[place + 2 :]
    if "LANGUAGES" in rest:
        rest = rest[rest.index("LANGUAGES") + 1 :]
    for language in rest or ["C", "CXX"]:
        _speak(call, language)


def _speak(call: Call, language: str) -> None:
    known = _LANGUAGES.get(language)
    if known:
        call.machine.seen.languages.setdefault(known, call.where)


def _enable_language(call: Call) -> None:
    if "OPTIONAL" not in call.words:
        for word in call.words:
            _speak(call, word)


def _minimum(call: Call) -> None:
    if call.words[:1] == ["VERSION"] and call.words[1:] and not call.machine.folder:
        required = ">=" + call.words[1].partition("..")[0]
        call.machine.demand(call.probe("tool-missing", "cmake", required))


def _message(call: Call) -> None:
    if call.words[:1] in (["FATAL_ERROR"], ["SEND_ERROR"]):
        call.machine.give_up(GaveUp(call.where, " ".join(call.words[1:])[:200]))


def _set(call: Call) -> None:
    name, values = call.argument(0), call.args[1:]
    if name is None or name.startswith("ENV{"):
        return
    if values[-1:] == ["PARENT_SCOPE"]:
        call.machine.outer[name] = _list_of([value for value in values[:-1] if value != ""])
        return
    if "CACHE" in values:
        if call.machine.known(name):
            return
        values = values[: values.index("CACHE")]
    if values:
        call.set(name, _list_of(values))
    else:
        call.machine.variables.pop(name, None)


def _list_of(values: list[str | None]) -> str | None:
    known = [value for value in values if value is not None]
    return ";".join(known) if len(known) == len(values) else None


def _unset(call: Call) -> None:
    for name in call.words[:1]:
        call.machine.variables.pop(name, None)


def _option(call: Call) -> None:
    if call.words and not call.machine.known(call.words[0]):
        default = call.words[2] if len(call.words) > 2 else "OFF"
        call.set(call.words[0], default)
        call.machine.seen.options[call.words[0]] = default


def _dependent_option(call: Call) -> None:
    if len(call.words) > 2 and not call.machine.known(call.words[0]):
        call.set(call.words[0], call.words[2])


def _list(call: Call) -> None:
    if len(call.words) < 2:
        return
    action, name, *rest = call.words
    before = call.machine.variable(name)
    if action in _LIST_ACTIONS and before is not None:
        items = [one for one in before.split(";") if one]
        call.set(name, ";".join(_LIST_ACTIONS[action](items, rest)))
    elif action in ("LENGTH", "GET", "FIND", "JOIN", "SUBLIST"):
        call.set(call.words[-1], None)


_LIST_ACTIONS: dict[str, Callable[[list[str], list[str]], list[str]]] = {
    "APPEND": lambda items, rest: items + rest,
    "PREPEND": lambda items, rest: rest + items,
    "REMOVE_ITEM": lambda items, rest: [one for one in items if one not in rest],
}


def _string(call: Call) -> None:
    action, *rest = call.args or [None]
    count, place, change = _STRING_ACTIONS.get(action, (0, 0, None))
    target = rest[place] if change and len(rest) == (count or len(rest)) > place else None
    if change and target:
        before = [call.machine.variable(target)] if action == "APPEND" else []
        words = [*before, *rest]
        call.set(target, None if None in words else change(words))
    else:
        _forget(call)


_STRING_ACTIONS: dict[str | None, tuple[int, int, Callable[[list[str]], str]]] = {
    "TOLOWER": (2, 1, lambda words: words[0].lower()),
    "TOUPPER": (2, 1, lambda words: words[0].upper()),
    "STRIP": (2, 1, lambda words: words[0].strip()),
    "REPLACE": (4, 2, lambda words: words[3].replace(words[0] or " ", words[1])),
    "APPEND": (0, 0, lambda words: words[0] + "".join(words[2:])),
}
"""How many arguments follow (any number for 0), which one is set, and to what."""


def _forget(call: Call) -> None:
    """Make unknown what a command that is not followed may have set."""
    for word in filter(None, call.args[1:]):
        if _VARIABLE.fullmatch(word) and (not word.isupper() or _CONSTANT.fullmatch(word)):
            call.set(word, None)


_VARIABLE = re.compile(r"[A-Za-z_]\w*")
_CONSTANT = re.compile(r"[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+")


def _include(call: Call) -> None:
    for name in call.words[:1]:
        is_path = "/" in name or name.endswith(".cmake")
        inside = call.machine.inside(name) if is_path else None
        file = inside or module_file(call.machine, name)
        if file:
            call.machine.run_file(file)


def _add_subdirectory(call: Call) -> None:
    inside = call.machine.inside(call.words[0]) if call.words else None
    if inside and "EXCLUDE_FROM_ALL" not in call.words:
        call.machine.run_folder(inside)


def _target(call: Call) -> None:
    call.machine.targets.update(call.words[:1])
    _note_sources(call)


def _note_sources(call: Call) -> None:
    for word in call.words[1:]:
        compiled = word not in _BOX and call.machine.facts.language_of(word)
        inside = call.machine.inside(word) if compiled else None
        if inside:
            call.machine.seen.sources.setdefault(inside, (frozenset(), call.where))


def _link(call: Call) -> None:
    """Note plain library names; targets and paths are found by other commands."""
    machine = call.machine
    for word in call.words[1:]:
        name = word.removeprefix("-l")
        plain = re.fullmatch(r"[a-zA-Z][\w+.-]*", name) and name not in _LINK_KEYWORDS
        known = machine.survey.knowledge.capability("library-missing", name) if plain else None
        if known and name not in machine.targets:
            unclear = machine.doubt or machine.fetched or machine.packages
            machine.seen.ask(call.probe("library-missing", name), "likely" if unclear else "sure")


_LINK_KEYWORDS = (
    *("PUBLIC", "PRIVATE", "INTERFACE", "found", "debug", "optimized", "general"),
    *("LINK_PUBLIC", "LINK_PRIVATE"),
)


def _check(call: Call) -> None:
    """Take what a check compiles as found."""
    if call.words:
        call.set(call.words[-1], None)


def _check_header(call: Call) -> None:
    if call.words:
        header, variable = call.words[0].split(";")[0], "".join(call.words[1:2])
        always = call.machine.facts.standard_header(header)
        found = always or call.machine.has(call.probe("header-missing", header))
        call.set(variable, "1" if found else "0")


_WILDCARD = re.compile(r"[*?\[]")


def _file(call: Call) -> None:
    if call.words[:1] == ["DOWNLOAD"] and call.words[1:]:
        goes_on = "STATUS" in call.words  # the build looks itself whether it worked
        call.machine.fetch(download("", call.words[1], where=call.where, sure=not goes_on))
    _forget(call)
    if call.words[:1] in (["GLOB"], ["GLOB_RECURSE"]) and call.words[2:]:
        folders = [posixpath.dirname(_WILDCARD.split(one or "")[0]) for one in call.args[2:]]
        if all(call.machine.inside(one) and not call.machine.exists(one) for one in folders):
            call.set(call.words[1], "")


def _parse_arguments(call: Call) -> None:
    args = call.args[2:] if call.args[:1] == ["PARSE_ARGV"] else call.args
    if len(args) < 4 or args[0] is None:
        return
    given = _parsed(chain.from_iterable(map(split_list, args[4:])), *map(split_list, args[1:4]))
    for key, value in given.items():
        call.set(f"{args[0]}_{key}", value)


def _parsed(
    words: Iterable[str], flags: list[str], singles: list[str], several: list[str]
) -> dict[str, str]:
    """Return the values of keywords, by which of them take none, one or many."""
    given = dict.fromkeys(flags, "FALSE")
    name = ""
    for word in words:
        if word in flags:
            given[word], name = "TRUE", ""
        elif word in (*singles, *several):
            name = word
        elif name in several and name in given:
            given[name] += f";{word}"
        elif name:
            given[name] = word
    return given


def _pybind_module(call: Call) -> None:
    call.machine.seen.languages.setdefault("cxx", call.where)
    _target(call)


COMMANDS: dict[str, Callable[[Call], None]] = {
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
    "math": _forget,
    "get_filename_component": _forget,
    "cmake_path": _forget,
    "get_target_property": _forget,
    "get_property": _forget,
    "file": _file,
    "separate_arguments": _forget,
    "try_compile": _forget,
    "try_run": _forget,
    "include": _include,
    "add_subdirectory": _add_subdirectory,
    "add_library": _target,
    "add_executable": _target,
    "python_add_library": _target,
    "python3_add_library": _target,
    "pybind11_add_module": _pybind_module,
    "nanobind_add_module": _pybind_module,
    "target_sources": _note_sources,
    "target_link_libraries": _link,
    "check_include_file": _check_header,
    "check_include_files": _check_header,
    "check_include_file_cxx": _check_header,
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
    "externalproject_add": external_project,
    "fetchcontent_declare": declare,
    "fetchcontent_makeavailable": make_available,
    "fetchcontent_populate": populate,
    **dict.fromkeys(OF_CPM, cpm_package),
    "cmake_parse_arguments": _parse_arguments,
}
