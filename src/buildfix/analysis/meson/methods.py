"""Methods of Meson's objects and of its plain values."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable
from typing import TYPE_CHECKING

from packaging.version import InvalidVersion, Version

from buildfix.analysis.meson.functions import Named, required, target
from buildfix.analysis.meson.values import Feature, FilePath, Thing, flatten
from buildfix.analysis.probe_environment import Probe
from buildfix.analysis.python.values import UNKNOWN, Unknown, Value, truth
from buildfix.analysis.symbolic_run import GaveUp

if TYPE_CHECKING:
    from buildfix.analysis.meson.interpreter import Interpreter

_FAMILIES = {
    "AMD64": "x86_64",
    "arm64": "aarch64",
    "ARM64": "aarch64",
    "i686": "x86",
    "armv7l": "arm",
}
_COMPILES = frozenset(
    [
        "compiles",
        "links",
        "runs",
        "has_function",
        "has_member",
        "has_members",
        "has_type",
        "has_argument",
        "has_multi_arguments",
        "has_link_argument",
        "has_multi_link_arguments",
        "has_header_symbol",
        "has_function_attribute",
        "has_define",
        "check_header",
    ]
)


def call_method(
    machine: Interpreter, owner: Value, name: str, args: list[Value], named: Named, line: int
) -> Value:
    """Return what a method returns."""
    if isinstance(owner, str):
        return _of_text(owner, name, args)
    if isinstance(owner, Feature):
        return _of_feature(machine, owner, name, args, line)
    if isinstance(owner, Thing):
        return _of_thing(machine, owner, name, args, named, line)
    return _of_collection(owner, name, args)


def _of_thing(
    machine: Interpreter, owner: Thing, name: str, args: list[Value], named: Named, line: int
) -> Value:
    if owner.kind in _KINDS:
        return _KINDS[owner.kind](machine, owner, name, args, named, line)
    if name == "get_variable" and args and isinstance(args[0], str):
        nothing = Thing("dependency", True) if owner.kind == "subproject" else UNKNOWN
        return owner.answers.get(args[0], nothing)
    if name in ("partial_dependency", "as_system", "as_link_whole"):
        return owner
    answers = {"found": owner.found, "name": owner.name, "type_name": "pkgconfig", **owner.answers}
    return answers.get(name, UNKNOWN)


def _of_compiler(
    machine: Interpreter, owner: Thing, name: str, args: list[Value], named: Named, line: int
) -> Value:
    if name == "find_library":
        return _find_library(machine, args, named, line)
    if name in ("has_header", "check_header"):
        return _has_header(machine, args, named, line)
    if name in _COMPILES:
        return True
    if name in ("get_supported_arguments", "get_supported_link_arguments"):
        return flatten(args)
    compiler = machine.survey.surroundings.compiler
    answers: dict[str, Value] = {
        "get_id": compiler,
        "get_argument_syntax": "msvc" if compiler == "msvc" else "gcc",
        "version": "3.99.0" if owner.name == "cython" else "14.2.0",
        "cmd_array": [owner.name],
        "get_define": "",
    }
    return answers.get(name, UNKNOWN)


def _find_library(machine: Interpreter, args: list[Value], named: Named, line: int) -> Value:
    known = required(named.get("required", True))
    name = args[0] if args and isinstance(args[0], str) else ""
    if known is None:
        return Thing("dependency", False, name)
    facts = machine.survey.facts
    if not name or name in facts.libraries or "dirs" in named:
        return Thing("dependency", UNKNOWN if "dirs" in named else True, name)
    probe = Probe("library-missing", name, where=machine.where(line))
    found = machine.demand(probe) if known is True else machine.wish(probe)
    return Thing("dependency", found, name)


def _has_header(machine: Interpreter, args: list[Value], named: Named, line: int) -> Value:
    name = args[0] if args and isinstance(args[0], str) else ""
    survey = machine.survey
    if not name:
        return UNKNOWN
    if survey.facts.standard_header(name):
        return True
    probe = Probe("header-missing", name, where=machine.where(line))
    if truth(named.get("required", False)) is True:
        return machine.demand(probe)
    return machine.wish(probe)


def _of_meson(
    machine: Interpreter, _owner: Thing, name: str, args: list[Value], _named: Named, _line: int
) -> Value:
    if name == "get_compiler":
        return Thing("compiler", True, args[0] if args and isinstance(args[0], str) else "")
    answers: dict[str, Value] = {
        "is_subproject": bool(machine.root),
        "is_cross_build": False,
        "is_unity": False,
        "backend": "ninja",
        "version": "1.99.0",
        "current_source_dir": machine.folder,
        "source_root": "",
        "project_source_root": machine.root,
        "global_source_root": "",
        "can_run_host_binaries": True,
        "has_exe_wrapper": True,
    }
    return answers.get(name, UNKNOWN)


def _of_machine(
    machine: Interpreter, _owner: Thing, name: str, _args: list[Value], _named: Named, _line: int
) -> Value:
    here = machine.survey.surroundings
    if name == "system":
        return {"win32": "windows"}.get(here.system, here.system)
    if name in ("cpu_family", "cpu"):
        return _FAMILIES.get(here.arch, here.arch)
    return ("big" if here.arch == "s390x" else "little") if name == "endian" else UNKNOWN


def _of_python(
    machine: Interpreter, owner: Thing, name: str, args: list[Value], named: Named, line: int
) -> Value:
    if name == "find_installation":
        return _find_python(named)
    if name == "extension_module":
        machine.seen.languages.setdefault("c", machine.where(line))
        return target(machine, args, named, line)
    if name == "dependency":
        return Thing("dependency", True, "python")
    if name == "language_version":
        return ".".join(machine.survey.surroundings.python.split(".")[:2])
    if name == "found":
        return owner.found
    return UNKNOWN


def _find_python(named: Named) -> Value:
    known = required(named.get("required", True))
    if known is None or (known is False and "modules" in named):
        return Thing("module python", False)
    return Thing("module python", True)


def _of_files(
    machine: Interpreter, _owner: Thing, name: str, args: list[Value], _named: Named, _line: int
) -> Value:
    words = [arg.path if isinstance(arg, FilePath) else arg for arg in args]
    if not words or not isinstance(words[0], str):
        return UNKNOWN
    word, names = words[0], machine.survey.tree.names()
    path = posixpath.normpath(posixpath.join(machine.folder, word))
    if name in ("exists", "is_file"):
        return path in names or path in machine.survey.folders
    if name == "is_dir":
        return path in machine.survey.folders
    plain: dict[str, Callable[[], Value]] = {
        "name": lambda: posixpath.basename(word),
        "stem": lambda: posixpath.splitext(posixpath.basename(word))[0],
        "parent": lambda: posixpath.dirname(word),
        "replace_suffix": lambda: (
            posixpath.splitext(word)[0] + str(words[1]) if len(words) > 1 else UNKNOWN
        ),
        "is_absolute": lambda: word.startswith("/"),
        "as_posix": lambda: word,
    }
    return plain[name]() if name in plain else UNKNOWN


def _of_cmake(
    machine: Interpreter, _owner: Thing, name: str, _args: list[Value], _named: Named, line: int
) -> Value:
    if name == "subproject":
        machine.demand(Probe("tool-missing", "cmake", where=machine.where(line)))
        return Thing("subproject", True)
    return UNKNOWN


_KINDS: dict[str, Callable[..., Value]] = {
    "compiler": _of_compiler,
    "meson": _of_meson,
    "host_machine": _of_machine,
    "build_machine": _of_machine,
    "target_machine": _of_machine,
    "module python": _of_python,
    "module python3": _of_python,
    "module fs": _of_files,
    "module cmake": _of_cmake,
}


def _of_feature(
    machine: Interpreter, owner: Feature, name: str, args: list[Value], line: int
) -> Value:
    if name in ("enabled", "disabled", "auto"):
        return owner.state == name
    if name == "allowed":
        return owner.state != "disabled"
    known = truth(args[0]) if args else None
    if name == "require":
        if known is False and owner.state == "enabled":
            raise GaveUp(machine.where(line), "feature")
        return owner if known is not False else Feature("disabled")
    if name == "disable_auto_if" and owner.state == "auto" and known is True:
        return Feature("disabled")
    if name in ("enable_auto_if", "enable_if") and owner.state == "auto" and known is True:
        return Feature("enabled")
    return owner


def _of_text(owner: str, name: str, args: list[Value]) -> Value:
    if any(isinstance(arg, Unknown) for arg in flatten(args)):
        return UNKNOWN
    method = _TEXT_METHODS.get(name)
    try:
        return method(owner, args) if method else UNKNOWN
    except (IndexError, TypeError, ValueError, AttributeError):
        return UNKNOWN


def _format(owner: str, args: list[Value]) -> Value:
    def fill(match: re.Match[str]) -> str:
        value = args[int(match[1])]
        return str(value).lower() if isinstance(value, bool) else str(value)

    return (
        UNKNOWN
        if any(isinstance(arg, Thing | Feature) for arg in args)
        else re.sub(r"@(\d+)@", fill, owner)
    )


def version_compare(version: str, wanted: str) -> bool | Unknown:
    """Return whether a version is as wanted, for example `>=1.2`."""
    match = re.match(r"\s*(>=|<=|==|!=|=|>|<)?\s*(.+)", wanted)
    try:
        left, right = Version(version), Version(match[2].strip() if match else "")
    except InvalidVersion:
        return UNKNOWN
    word = (match[1] if match else None) or "=="
    return {
        ">=": left >= right,
        "<=": left <= right,
        ">": left > right,
        "<": left < right,
        "!=": left != right,
    }.get(word, left == right)


_TEXT_METHODS: dict[str, Callable[[str, list[Value]], Value]] = {
    "format": _format,
    "version_compare": lambda owner, args: all(truth(version_compare(owner, one)) for one in args),
    "split": lambda owner, args: owner.split(args[0] if args else None),
    "splitlines": lambda owner, _args: owner.splitlines(),
    "strip": lambda owner, args: owner.strip(args[0] if args else None),
    "to_lower": lambda owner, _args: owner.lower(),
    "to_upper": lambda owner, _args: owner.upper(),
    "to_int": lambda owner, _args: int(owner, 0),
    "startswith": lambda owner, args: owner.startswith(args[0]),
    "endswith": lambda owner, args: owner.endswith(args[0]),
    "contains": lambda owner, args: args[0] in owner,
    "replace": lambda owner, args: owner.replace(args[0], args[1]) if args[0] else owner,
    "underscorify": lambda owner, _args: re.sub(r"\W", "_", owner),
    "join": lambda owner, args: owner.join(flatten(args)),
    "substring": lambda owner, args: owner[slice(*args[:2])],
    "length": lambda owner, _args: len(owner),
}


def _of_collection(owner: Value, name: str, args: list[Value]) -> Value:
    if isinstance(owner, bool) and name in ("to_string", "to_int"):
        return int(owner) if name == "to_int" else str(owner).lower()
    if isinstance(owner, int) and name == "to_string":
        return str(owner)
    if not isinstance(owner, list | dict) or any(isinstance(arg, Unknown) for arg in args[:1]):
        return UNKNOWN
    if name == "get" and args:
        return _item(owner, args[0], args[1] if len(args) > 1 else UNKNOWN)
    if name in ("contains", "has_key") and args:
        return args[0] in owner
    return {"length": len(owner), "keys": [*owner]}.get(name, UNKNOWN)


def _item(owner: list[Value] | dict[str, Value], key: Value, default: Value) -> Value:
    if isinstance(owner, dict):
        return owner.get(key, default)
    within = isinstance(key, int) and -len(owner) <= key < len(owner)
    return owner[key] if within else default
