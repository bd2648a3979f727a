"""Meson's functions, as far as they ask the machine for something or compile."""

from __future__ import annotations

import posixpath
from collections.abc import Callable
from typing import TYPE_CHECKING

from buildfix.analysis.meson.values import Feature, FilePath, Thing, flatten
from buildfix.analysis.meson.wraps import Fallback, find_fallback
from buildfix.analysis.probe_environment import Probe
from buildfix.analysis.python.values import UNKNOWN, Unknown, Value, truth
from buildfix.analysis.survey import language_of
from buildfix.analysis.symbolic_run import GaveUp

if TYPE_CHECKING:
    from buildfix.analysis.meson.interpreter import Interpreter

Named = dict[str, Value]
_LANGUAGES = {
    "c": "c",
    "cpp": "cxx",
    "fortran": "fortran",
    "rust": "rust",
    "cuda": "cuda",
    "objc": "c",
    "objcpp": "cxx",
}


def required(value: Value) -> bool | Unknown | None:
    """Return whether something is required; None where it is not to be looked for at all."""
    if isinstance(value, Feature):
        return {"enabled": True, "auto": False}.get(value.state)
    known = truth(value)
    return UNKNOWN if known is None else known


def dependency(machine: Interpreter, args: list[Value], named: Named, line: int) -> Value:
    """Return a dependency, found or not."""
    names = [name for name in flatten(args) if isinstance(name, str) and name]
    known = required(named.get("required", True))
    if known is None or not names:
        return Thing("dependency", False, "")
    if any(_there(machine, one) for one in names):
        return Thing("dependency", True, names[0])
    return _look_for(machine, names, named, known, line)


def _look_for(
    machine: Interpreter, names: list[str], named: Named, known: bool | Unknown, line: int
) -> Value:
    """Return what the imagined machine, or else a subproject, has of a dependency."""
    name = names[0]
    versions = [one for one in flatten(named.get("version", [])) if isinstance(one, str)]
    version = ",".join(one.replace(" ", "") for one in versions) or None
    probe = _probe(machine, name, named, version, line)
    fallback = find_fallback(machine.survey, name, named, machine.options.wrap_mode)
    if known is True and fallback is None:
        if probe.kind == "pkgconfig-missing":
            machine.demand(Probe("tool-missing", "pkg-config", where=probe.where))
        return Thing("dependency", machine.demand(probe), name)
    others = [_probe(machine, one, named, None, line) for one in names[1:]]
    found = [machine.wish(one) for one in (probe, *others)]
    if not any(found) and known is not False and fallback is not None:
        return _fall_back(machine, fallback, name, named)
    return Thing("dependency", any(found), name)


def _there(machine: Interpreter, name: str) -> bool:
    survey = machine.survey
    return name.lower() in survey.facts.meson or name.lower() in survey.brought.modules


def _probe(machine: Interpreter, name: str, named: Named, version: str | None, line: int) -> Probe:
    methods = flatten(named.get("method", "auto"))
    kind = "cmake-package-missing" if methods == ["cmake"] else "pkgconfig-missing"
    knowledge = machine.survey.knowledge
    if knowledge.capability(kind, name) is None and knowledge.capability(
        "dependency-missing", name
    ):
        kind = "dependency-missing"
    return Probe(kind, name, version, machine.where(line))


def _fall_back(machine: Interpreter, fallback: Fallback, name: str, named: Named) -> Thing:
    if fallback.folder:
        machine.run_subproject(fallback.folder, flatten(named.get("default_options", [])))
    return Thing("dependency", True, name, {"type_name": "internal"})


def find_program(machine: Interpreter, args: list[Value], named: Named, line: int) -> Value:
    """Return a program, found or not."""
    known = required(named.get("required", True))
    words = [word.path if isinstance(word, FilePath) else word for word in flatten(args)]
    if not words or any(isinstance(word, Unknown) for word in words):
        return Thing("program", True)
    names = [str(word) for word in words]
    if known is None:
        return Thing("program", False, names[0])
    if any(_program_there(machine, name) for name in names):
        return Thing("program", True, names[0])
    version = named.get("version")
    probe = Probe(
        "tool-missing",
        posixpath.basename(names[0]),
        version if isinstance(version, str) else None,
        machine.where(line),
    )
    if known is True:
        return Thing("program", machine.demand(probe), names[0])
    return Thing("program", machine.wish(probe), names[0])


def _program_there(machine: Interpreter, name: str) -> bool:
    tree, base = machine.survey.tree.names(), posixpath.basename(name)
    beside = posixpath.normpath(posixpath.join(machine.folder, name))
    return (
        base in machine.survey.facts.programs_there
        or beside in tree
        or name in tree
        or base in machine.survey.brought.commands
    )


def _project(machine: Interpreter, args: list[Value], _named: Named, line: int) -> Value:
    for language in flatten(args)[1:]:
        _speak(machine, language, line)
    return None


def _speak(machine: Interpreter, language: Value, line: int) -> None:
    known = _LANGUAGES.get(language) if isinstance(language, str) else None
    if known:
        machine.seen.languages.setdefault(known, machine.where(line))


def _add_languages(machine: Interpreter, args: list[Value], named: Named, line: int) -> Value:
    known = required(named.get("required", True))
    languages = [one for one in flatten(args) if isinstance(one, str)]
    if known is True:
        for language in languages:
            _speak(machine, language, line)
        return True
    there = {*machine.seen.languages, "c", "cxx"}
    return (
        all(_LANGUAGES.get(one) in there or one == "cython" for one in languages)
        if known is False
        else False
    )


def _subdir(machine: Interpreter, args: list[Value], named: Named, _line: int) -> Value:
    conditions = flatten(named.get("if_found", []))
    if any(isinstance(one, Thing) and one.found is False for one in conditions):
        return None
    if args and isinstance(args[0], str):
        machine.run_folder(posixpath.normpath(posixpath.join(machine.folder, args[0])))
    return None


def _subproject(machine: Interpreter, args: list[Value], named: Named, _line: int) -> Value:
    known = required(named.get("required", True))
    if known is None or not args or not isinstance(args[0], str):
        return Thing("subproject", False)
    folder = posixpath.join(machine.root, "subprojects", args[0])
    if posixpath.join(folder, "meson.build") in machine.survey.tree.names():
        settings = flatten(named.get("default_options", []))
        return Thing("subproject", True, args[0], machine.run_subproject(folder, settings))
    return Thing("subproject", True, args[0])


def _get_option(machine: Interpreter, args: list[Value], _named: Named, _line: int) -> Value:
    return machine.options.get(args[0]) if args and isinstance(args[0], str) else UNKNOWN


def _error(machine: Interpreter, args: list[Value], _named: Named, line: int) -> Value:
    if machine.where(line) in machine.world.waived:
        return None
    raise GaveUp(machine.where(line), " ".join(str(arg) for arg in args if isinstance(arg, str)))


def _assert(machine: Interpreter, args: list[Value], _named: Named, line: int) -> Value:
    return _error(machine, args[1:], {}, line) if args and truth(args[0]) is False else None


def _files(machine: Interpreter, args: list[Value], _named: Named, _line: int) -> Value:
    return [
        FilePath(posixpath.normpath(posixpath.join(machine.folder, name)))
        for name in flatten(args)
        if isinstance(name, str)
    ]


def target(machine: Interpreter, args: list[Value], named: Named, line: int) -> Value:
    """Note the sources of something that is compiled."""
    if truth(named.get("build_by_default", True)) is False and not truth(
        named.get("install", False)
    ):
        return Thing("target", True)
    flags = [flag for key in ("c_args", "cpp_args") for flag in flatten(named.get(key, []))]
    macros = frozenset(
        flag[2:].partition("=")[0]
        for flag in flags
        if isinstance(flag, str) and flag.startswith("-D")
    )
    for source in (*flatten(args)[1:], *flatten(named.get("sources", []))):
        path = source.path if isinstance(source, FilePath) else source
        if not isinstance(path, str):
            continue
        if not isinstance(source, FilePath):
            path = posixpath.normpath(posixpath.join(machine.folder, path))
        if language_of(path):
            machine.seen.sources.setdefault(path, (macros, machine.where(line)))
    return Thing("target", True)


def _custom_target(_machine: Interpreter, _args: list[Value], _named: Named, _line: int) -> Value:
    return Thing("target", True)


def _run_command(machine: Interpreter, args: list[Value], named: Named, line: int) -> Value:
    words = flatten(args)
    if words and isinstance(words[0], str):
        find_program(
            machine, [words[0]], {"required": truth(named.get("check", False)) is True}, line
        )
    return Thing("run", True, "", {"returncode": 0, "stdout": UNKNOWN, "stderr": UNKNOWN})


def _import(_machine: Interpreter, args: list[Value], _named: Named, _line: int) -> Value:
    return Thing(f"module {args[0]}" if args else "module")


def _join_paths(_machine: Interpreter, args: list[Value], _named: Named, _line: int) -> Value:
    words = flatten(args)
    return (
        posixpath.join(*words)
        if words and all(isinstance(word, str) for word in words)
        else UNKNOWN
    )


def _get_variable(machine: Interpreter, args: list[Value], _named: Named, _line: int) -> Value:
    default = args[1] if len(args) > 1 else UNKNOWN
    return machine.variables.get(args[0], default) if args and isinstance(args[0], str) else UNKNOWN


def _set_variable(machine: Interpreter, args: list[Value], _named: Named, _line: int) -> Value:
    if len(args) == 2 and isinstance(args[0], str):
        machine.variables[args[0]] = args[1]
    return None


def _is_variable(machine: Interpreter, args: list[Value], _named: Named, _line: int) -> Value:
    return bool(args) and args[0] in machine.variables


def _declare(_machine: Interpreter, _args: list[Value], _named: Named, _line: int) -> Value:
    return Thing("dependency", True, "", {"type_name": "internal"})


def _disabler(_machine: Interpreter, _args: list[Value], _named: Named, _line: int) -> Value:
    return Thing("dependency", False)


def _range(_machine: Interpreter, args: list[Value], _named: Named, _line: int) -> Value:
    return (
        list(range(*args[:2]))[:1000]
        if args and all(isinstance(arg, int) for arg in args)
        else UNKNOWN
    )


FUNCTIONS: dict[str, Callable[..., Value]] = {
    "project": _project,
    "add_languages": _add_languages,
    "dependency": dependency,
    "find_program": find_program,
    "subdir": _subdir,
    "subproject": _subproject,
    "get_option": _get_option,
    "error": _error,
    "assert": _assert,
    "files": _files,
    "executable": target,
    "library": target,
    "shared_library": target,
    "static_library": target,
    "both_libraries": target,
    "shared_module": target,
    "jar": _custom_target,
    "custom_target": _custom_target,
    "run_target": _custom_target,
    "run_command": _run_command,
    "import": _import,
    "join_paths": _join_paths,
    "get_variable": _get_variable,
    "set_variable": _set_variable,
    "is_variable": _is_variable,
    "declare_dependency": _declare,
    "disabler": _disabler,
    "is_disabler": lambda _machine, _args, _named, _line: False,
    "range": _range,
}
