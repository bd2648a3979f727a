"""Attributes of a script's values."""

from __future__ import annotations

import posixpath
from collections.abc import Callable

from buildfix.analysis.python.building import FFI, command_attribute
from buildfix.analysis.python.operators import mishap
from buildfix.analysis.python.values import (
    Bound,
    Call,
    ConfigParser,
    Function,
    Instance,
    Machine,
    Module,
    PathText,
    Ran,
    Super,
    UserClass,
)
from buildfix.analysis.symbolic_values import UNKNOWN, External, Method, Unknown, Value

_COMMAND_BASES = (
    *("build_ext", "build_clib", "build_py", "build", "bdist_wheel"),
    *("BuildExtension", "Command", "new_build_ext", "build_rust"),
)


def attribute_of(machine: Machine, owner: Value, name: str) -> Value:
    """Return an attribute of a value that is not from outside."""
    if isinstance(owner, Unknown | Function | Bound):
        return UNKNOWN
    if isinstance(owner, Module):
        return _of_module(machine, owner, name)
    if isinstance(owner, Instance):
        return _of_instance(machine, owner, name)
    if isinstance(owner, UserClass):
        return _of_class(owner, name)
    if isinstance(owner, Super):
        return _of_super(owner, name)
    return _of_plain(owner, name)


def _of_plain(owner: Value, name: str) -> Value:
    if isinstance(owner, Ran) and name in ("returncode", "stdout", "stderr"):
        return _of_run(owner, name)
    if isinstance(owner, PathText) and name in _PATH_PARTS:
        return _PATH_PARTS[name](owner)
    if isinstance(owner, tuple) and name in _VERSION_PARTS:
        return owner[_VERSION_PARTS.index(name)] if len(owner) == 5 else UNKNOWN
    return Method(owner, name)


_VERSION_PARTS = ("major", "minor", "micro", "releaselevel", "serial")
_PATH_PARTS: dict[str, Callable[[PathText], Value]] = {
    "parent": lambda path: PathText(posixpath.dirname(path) or "."),
    "name": lambda path: posixpath.basename(path),
    "stem": lambda path: posixpath.splitext(posixpath.basename(path))[0],
    "suffix": lambda path: posixpath.splitext(path)[1],
    "parts": lambda path: tuple(path.split("/")),
}


def _of_module(machine: Machine, owner: Module, name: str) -> Value:
    variables = owner.frame.variables
    if name in variables:
        return variables[name]
    folder = owner.frame.file.removesuffix("/__init__.py").replace("/", ".")
    return machine.load(f"{folder}.{name}") or UNKNOWN


def _of_instance(machine: Machine, owner: Instance, name: str) -> Value:
    if name in owner.attributes:
        return owner.attributes[name]
    if isinstance(owner.cls, External):
        return (
            Method(owner, name) if isinstance(owner, ConfigParser) or owner.cls == FFI else UNKNOWN
        )
    found = owner.cls if name == "__class__" else owner.cls.find(name)
    if isinstance(found, Function):
        bound = Bound(found, owner)
        return machine.call(bound, Call(machine)) if found.kind == "property" else bound
    if found is not None or name in owner.cls.members:
        return found
    return _inherited(machine, owner, name, owner.cls.external_bases())


def _inherited(machine: Machine, owner: Instance, name: str, bases: tuple[str, ...]) -> Value:
    """Return what an object has from a class outside the tree."""
    if not bases:
        return mishap(machine, "AttributeError")
    if any(base.rpartition(".")[2] in _COMMAND_BASES for base in bases):
        value = command_attribute(machine, owner, name)
        return Method(owner, name) if isinstance(value, Unknown) and name.islower() else value
    return Method(owner, name)


def _of_class(owner: UserClass, name: str) -> Value:
    if name == "__name__":
        return owner.name
    found = owner.find(name)
    if isinstance(found, Function) and found.kind == "classmethod":
        return Bound(found, owner)
    if found is not None or name in owner.members:
        return found
    bases = owner.external_bases()
    return External(f"{bases[0]}.{name}") if bases else UNKNOWN


def _of_super(owner: Super, name: str) -> Value:
    for base in owner.owner.bases:
        found = base.find(name) if isinstance(base, UserClass) else None
        if isinstance(found, Function):
            return Bound(found, owner.receiver)
    return Method(owner, name)


def _of_run(owner: Ran, name: str) -> Value:
    value = getattr(owner, name)
    if name != "returncode" and isinstance(value, str):
        return Ran(owner.returncode, value)
    return owner if name != "returncode" and isinstance(value, Unknown) else value
