"""Meson's functions, as far as they ask the machine for something or compile."""

from __future__ import annotations

import posixpath
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from buildfix.analysis.downloads import download
from buildfix.analysis.meson.values import Call, Feature, FilePath, Thing, flatten
from buildfix.analysis.meson.wraps import Subproject, find_fallback, find_subproject
from buildfix.analysis.probe_environment import Probe
from buildfix.analysis.symbolic_run import GaveUp
from buildfix.analysis.symbolic_values import UNKNOWN, Unknown, Value, truth

if TYPE_CHECKING:
    from buildfix.analysis.meson.evaluator import Interpreter

_LANGUAGES = {
    "c": "c",
    "cpp": "cxx",
    "fortran": "fortran",
    "rust": "rust",
    "cuda": "cuda",
    "objc": "c",
    "objcpp": "cxx",
}


def required(call: Call, default: bool = True) -> bool | Unknown | None:
    """Return whether something is required; None where it is not to be looked for at all."""
    value = call.named.get("required", default)
    if isinstance(value, Feature):
        return {"enabled": True, "auto": False}.get(value.state)
    known = truth(value)
    return UNKNOWN if known is None else known


def dependency(call: Call) -> Value:
    """Return a dependency, found or not."""
    names = [name for name in flatten(call.args) if isinstance(name, str) and name]
    known = required(call)
    if known is None or not names:
        return Thing("dependency", False, "")
    survey = call.machine.survey
    always = survey.facts.meson | survey.brought.modules
    if any(name.lower() in always for name in names):
        return Thing("dependency", True, names[0])
    return _look_for(call, names, known)


def _look_for(call: Call, names: list[str], known: bool | Unknown) -> Value:
    """Return what the imagined machine, or else a subproject, has of a dependency."""
    machine, name = call.machine, names[0]
    probe = _probe(call, name, _version(call))
    fallback = find_fallback(
        machine.survey, name, call.named, machine.options, required=known is not False
    )
    if fallback and fallback.forced:
        return _use(call, name, fallback, known)
    if known is True and fallback is None:
        if probe.kind == "pkgconfig-missing":
            machine.demand(call.probe("tool-missing", "pkg-config"))
        return Thing("dependency", machine.demand(probe), name)
    others = [_probe(call, one, None) for one in names[1:]]
    found = [machine.has(one) for one in (probe, *others)]
    if not any(found) and fallback is not None:
        return _use(call, name, fallback, known)
    return Thing("dependency", any(found), name)


def _use(call: Call, name: str, subproject: Subproject, known: bool | Unknown) -> Value:
    """Return a dependency that a subproject brings; an optional one may fail to."""
    _enter(call, subproject, known)
    return Thing("dependency", True, name, {"type_name": "internal"})


def _enter(call: Call, subproject: Subproject, known: bool | Unknown) -> dict[str, Value]:
    """Follow a subproject, or note what it is fetched from; return its variables."""
    machine = call.machine
    if subproject.folder:
        settings = flatten(call.named.get("default_options", []))
        return machine.run_subproject(subproject.name, subproject.folder, settings)
    sure = known is True
    machine.fetch(download(subproject.name, *subproject.urls, where=call.where, sure=sure))
    return {}


def _version(call: Call) -> str | None:
    versions = [one for one in flatten(call.named.get("version", [])) if isinstance(one, str)]
    return ",".join(one.replace(" ", "") for one in versions) or None


def _probe(call: Call, name: str, version: str | None) -> Probe:
    methods = flatten(call.named.get("method", "auto"))
    kind = "cmake-package-missing" if methods == ["cmake"] else "pkgconfig-missing"
    capability = call.machine.survey.knowledge.capability
    if capability(kind, name) is None and capability("dependency-missing", name):
        kind = "dependency-missing"
    return call.probe(kind, name, version)


def find_program(call: Call) -> Value:
    """Return a program, found or not."""
    known = required(call)
    words = [word.path if isinstance(word, FilePath) else word for word in flatten(call.args)]
    if not words or any(isinstance(word, Unknown) for word in words):
        return Thing("program", True)
    names = list(map(str, words))
    if known is None:
        return Thing("program", False, names[0])
    if any(_program_there(call.machine, name) for name in names):
        return Thing("program", True, names[0])
    version = call.named.get("version")
    required_version = version if isinstance(version, str) else None
    probe = call.probe("tool-missing", posixpath.basename(names[0]), required_version)
    return Thing("program", call.machine.look_for(probe, required=known is True), names[0])


def _program_there(machine: Interpreter, name: str) -> bool:
    tree, base = machine.tree.names(), posixpath.basename(name)
    there = machine.facts.programs_there | machine.survey.brought.commands
    return base in there or machine.inside(name) in tree or name in tree


def _project(call: Call) -> Value:
    call.machine.options.set_defaults(call.named.get("default_options", []))
    for language in flatten(call.args)[1:]:
        _speak(call, language)
    return None


def _speak(call: Call, language: Value) -> None:
    known = _LANGUAGES.get(language) if isinstance(language, str) else None
    if known:
        call.machine.seen.languages.setdefault(known, call.where)


def _add_languages(call: Call) -> Value:
    known = required(call)
    languages = [one for one in flatten(call.args) if isinstance(one, str)]
    if known is True:
        for language in languages:
            _speak(call, language)
        return True
    there = {*call.machine.seen.languages, "c", "cxx"}
    compiled = all(_LANGUAGES.get(one) in there or one == "cython" for one in languages)
    return known is False and compiled


def _subdir(call: Call) -> Value:
    conditions = flatten(call.named.get("if_found", []))
    missing = any(isinstance(one, Thing) and one.found is False for one in conditions)
    if call.text is not None and not missing:
        call.machine.run_folder(call.machine.inside(call.text))
    return None


def _subproject(call: Call) -> Value:
    known, machine = required(call), call.machine
    if known is None or call.text is None:
        return Thing("subproject", False)
    found = find_subproject(machine.survey, call.text, machine.options, machine.root)
    if found is None:
        return Thing("subproject", known is True, call.text)
    return Thing("subproject", True, call.text, _enter(call, found, known))


def _error(call: Call) -> Value:
    words = " ".join(str(arg) for arg in call.args if isinstance(arg, str))
    call.machine.give_up(GaveUp(call.where, words))
    return None


def _assert(call: Call) -> Value:
    failed = call.args and truth(call.first) is False
    return _error(call.using(*call.args[1:])) if failed else None


def _files(call: Call) -> Value:
    names = (name for name in flatten(call.args) if isinstance(name, str))
    return [FilePath(call.machine.inside(name)) for name in names]


def target(call: Call) -> Value:
    """Note the sources of something that is compiled."""
    by_default = truth(call.named.get("build_by_default", True)) is not False
    if by_default or truth(call.named.get("install", False)):
        _note_sources(call)
    return Thing("target", True)


def _note_sources(call: Call) -> None:
    macros = _macros(call)
    for source in (*flatten(call.args)[1:], *flatten(call.named.get("sources", []))):
        path = call.machine.inside(source) if isinstance(source, str) else source
        path = path.path if isinstance(path, FilePath) else path
        if isinstance(path, str) and call.machine.facts.language_of(path):
            call.machine.seen.sources.setdefault(path, (macros, call.where))


def _macros(call: Call) -> frozenset[str]:
    flags = [*flatten(call.named.get("c_args", [])), *flatten(call.named.get("cpp_args", []))]
    texts = [flag for flag in flags if isinstance(flag, str)]
    return frozenset(text[2:].partition("=")[0] for text in texts if text.startswith("-D"))


def _custom_target(_call: Call) -> Value:
    return Thing("target", True)


def _run_command(call: Call) -> Value:
    words = flatten(call.args)
    if words and isinstance(words[0], str):
        named = {"required": truth(call.named.get("check", False)) is True}
        find_program(replace(call, args=[words[0]], named=named))
    return Thing("run", True, "", {"returncode": 0, "stdout": UNKNOWN, "stderr": UNKNOWN})


def _join_paths(call: Call) -> Value:
    words = flatten(call.args)
    known = words and all(isinstance(word, str) for word in words)
    return posixpath.join(*words) if known else UNKNOWN


def _get_variable(call: Call) -> Value:
    default = call.argument(1, UNKNOWN)
    return UNKNOWN if call.text is None else call.machine.variables.get(call.text, default)


def _set_variable(call: Call) -> Value:
    if len(call.args) == 2 and call.text is not None:
        call.machine.variables[call.text] = call.args[1]
    return None


def _range(call: Call) -> Value:
    known = call.args and all(isinstance(arg, int) for arg in call.args)
    return list(range(*call.args[:2]))[:1000] if known else UNKNOWN


FUNCTIONS: dict[str, Callable[[Call], Value]] = {
    "project": _project,
    "add_languages": _add_languages,
    "dependency": dependency,
    "find_program": find_program,
    "subdir": _subdir,
    "subproject": _subproject,
    "get_option": lambda call: (
        UNKNOWN if call.text is None else call.machine.options.get(call.text)
    ),
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
    "import": lambda call: Thing(f"module {call.first}" if call.args else "module"),
    "join_paths": _join_paths,
    "get_variable": _get_variable,
    "set_variable": _set_variable,
    "is_variable": lambda call: bool(call.args) and call.first in call.machine.variables,
    "declare_dependency": lambda _call: Thing("dependency", True, "", {"type_name": "internal"}),
    "disabler": lambda _call: Thing("dependency", False),
    "is_disabler": lambda _call: False,
    "range": _range,
}
