"""Methods of Meson's objects and of its plain values."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable

from packaging.version import InvalidVersion, Version

from buildfix.analysis.meson.functions import required, target
from buildfix.analysis.meson.values import Call, Feature, FilePath, Thing, flatten
from buildfix.analysis.symbolic_run import GaveUp
from buildfix.analysis.symbolic_values import UNKNOWN, Unknown, Value, truth

_FAMILIES = {
    "AMD64": "x86_64",
    "arm64": "aarch64",
    "ARM64": "aarch64",
    "i686": "x86",
    "armv7l": "arm",
}
_COMPILES = frozenset(
    [
        *("compiles", "links", "runs", "has_function", "has_member", "has_members", "has_type"),
        *("has_argument", "has_multi_arguments", "has_link_argument", "has_multi_link_arguments"),
        *("has_header_symbol", "has_function_attribute", "has_define", "check_header"),
    ]
)


def call_method(call: Call) -> Value:
    """Return what a method returns."""
    if isinstance(call.owner, str):
        return _of_text(call.owner, call.name, call.args)
    if isinstance(call.owner, Feature):
        return _of_feature(call)
    if isinstance(call.owner, Thing):
        return _KINDS.get(call.owner.kind, _of_thing)(call)
    return _of_collection(call)


def _of_thing(call: Call) -> Value:
    thing: Thing = call.owner
    if call.name == "get_variable" and call.text is not None:
        nothing = Thing("dependency", True) if thing.kind == "subproject" else UNKNOWN
        return thing.answers.get(call.text, nothing)
    if call.name in ("partial_dependency", "as_system", "as_link_whole"):
        return thing
    answers = {"found": thing.found, "name": thing.name, "type_name": "pkgconfig", **thing.answers}
    return answers.get(call.name, UNKNOWN)


def _of_compiler(call: Call) -> Value:
    if call.name == "find_library":
        return _find_library(call)
    if call.name in ("has_header", "check_header"):
        return _has_header(call)
    if call.name in _COMPILES:
        return True
    if call.name in ("get_supported_arguments", "get_supported_link_arguments"):
        return flatten(call.args)
    compiler, versions = call.machine.surroundings.compiler, call.machine.facts.versions
    answers: dict[str, Value] = {
        "get_id": compiler,
        "get_argument_syntax": "msvc" if compiler == "msvc" else "gcc",
        "version": versions.get("cython" if call.owner.name == "cython" else "compiler", UNKNOWN),
        "cmd_array": [call.owner.name],
        "get_define": "",
    }
    return answers.get(call.name, UNKNOWN)


def _find_library(call: Call) -> Value:
    known, name = required(call), call.text or ""
    if known is None:
        return Thing("dependency", False, name)
    if not name or name in call.machine.facts.libraries or "dirs" in call.named:
        return Thing("dependency", UNKNOWN if "dirs" in call.named else True, name)
    probe = call.probe("library-missing", name)
    return Thing("dependency", call.machine.look_for(probe, required=known is True), name)


def _has_header(call: Call) -> Value:
    if not call.text:
        return UNKNOWN
    if call.machine.facts.standard_header(call.text):
        return True
    needed = truth(call.named.get("required", False)) is True
    return call.machine.look_for(call.probe("header-missing", call.text), required=needed)


def _of_meson(call: Call) -> Value:
    if call.name == "get_compiler":
        return Thing("compiler", True, call.text or "")
    answers: dict[str, Value] = {
        "is_subproject": bool(call.machine.root),
        "is_cross_build": False,
        "is_unity": False,
        "backend": "ninja",
        "version": call.machine.facts.versions.get("meson", UNKNOWN),
        "current_source_dir": call.machine.folder,
        "source_root": "",
        "project_source_root": call.machine.root,
        "global_source_root": "",
        "can_run_host_binaries": True,
        "has_exe_wrapper": True,
    }
    return answers.get(call.name, UNKNOWN)


def _of_machine(call: Call) -> Value:
    here = call.machine.surroundings
    if call.name == "system":
        return {"win32": "windows"}.get(here.system, here.system)
    if call.name in ("cpu_family", "cpu"):
        return _FAMILIES.get(here.arch, here.arch)
    return ("big" if here.arch == "s390x" else "little") if call.name == "endian" else UNKNOWN


def _of_python(call: Call) -> Value:
    if call.name == "find_installation":
        known = required(call)
        missing = known is None or (known is False and "modules" in call.named)
        return Thing("module python", not missing)
    if call.name == "extension_module":
        call.machine.seen.languages.setdefault("c", call.where)
        return target(call)
    if call.name == "dependency":
        return Thing("dependency", True, "python")
    if call.name == "language_version":
        return ".".join(call.machine.surroundings.python.split(".")[:2])
    if call.name == "found":
        return call.owner.found
    return UNKNOWN


def _of_files(call: Call) -> Value:
    words = [arg.path if isinstance(arg, FilePath) else arg for arg in call.args]
    if not words or not isinstance(words[0], str):
        return UNKNOWN
    word, folders = words[0], call.machine.survey.folders
    path = call.machine.inside(word)
    if call.name in ("exists", "is_file", "is_dir"):
        return path in folders or (call.name != "is_dir" and path in call.machine.tree.names())
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
    return plain[call.name]() if call.name in plain else UNKNOWN


def _of_cmake(call: Call) -> Value:
    if call.name == "subproject":
        call.machine.demand(call.probe("tool-missing", "cmake"))
        return Thing("subproject", True)
    return UNKNOWN


_KINDS: dict[str, Callable[[Call], Value]] = {
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


def _of_feature(call: Call) -> Value:
    feature: Feature = call.owner
    if call.name in ("enabled", "disabled", "auto"):
        return feature.state == call.name
    if call.name == "allowed":
        return feature.state != "disabled"
    known = truth(call.first)
    if call.name == "require" and known is False:
        if feature.state == "enabled":
            raise GaveUp(call.where, "feature")
        return Feature("disabled")
    if feature.state == "auto" and known is True:
        return Feature(_TURNED.get(call.name, "auto"))
    return feature


_TURNED = {"disable_auto_if": "disabled", "enable_auto_if": "enabled", "enable_if": "enabled"}


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


def _of_collection(call: Call) -> Value:
    owner = call.owner
    if isinstance(owner, int) and call.name == "to_string":
        return str(owner).lower()
    if isinstance(owner, bool) and call.name == "to_int":
        return int(owner)
    if not isinstance(owner, list | dict):
        return UNKNOWN
    if isinstance(call.first, Unknown):
        return {"length": len(owner), "keys": [*owner]}.get(call.name, UNKNOWN)
    if call.name == "get":
        return _item(owner, call.first, call.argument(1, UNKNOWN))
    return call.first in owner if call.name in ("contains", "has_key") else UNKNOWN


def _item(owner: list[Value] | dict[str, Value], key: Value, default: Value) -> Value:
    if isinstance(owner, dict):
        return owner.get(key, default)
    within = isinstance(key, int) and -len(owner) <= key < len(owner)
    return owner[key] if within else default
