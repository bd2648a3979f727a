"""Python's builtins and small tools, as far as setup scripts use them."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable

from buildfix.analysis.python.binding import set_attribute
from buildfix.analysis.python.exceptions import catches
from buildfix.analysis.python.operators import MAX_ITEMS, items_of
from buildfix.analysis.python.values import (
    UNKNOWN,
    Bound,
    Doubtful,
    External,
    Function,
    Instance,
    Machine,
    Method,
    Module,
    PathText,
    Unknown,
    UserClass,
    Value,
    truth,
)

Handler = Callable[[Machine, list[Value], dict[str, Value], str], Value]
"""Does what a function of Python's does: given the arguments, and where it is called."""


def first(args: list[Value]) -> Value:
    """Return the first argument, UNKNOWN where there is none."""
    return args[0] if args else UNKNOWN


def _length(_machine: Machine, args: list[Value], _named: dict[str, Value], _where: str) -> Value:
    return len(args[0]) if args and hasattr(args[0], "__len__") else UNKNOWN


def plain(action: Callable[..., Value]) -> Handler:
    """Return a handler that calls a builtin on values that are all known."""

    def handler(
        _machine: Machine, args: list[Value], named: dict[str, Value], _where: str
    ) -> Value:
        if any(isinstance(arg, Unknown | External | Instance) for arg in (*args, *named.values())):
            return UNKNOWN
        try:
            return action(*args, **named)
        except Exception:  # what the builtin raises in the script is the script's affair
            return UNKNOWN

    return handler


def _text(_machine: Machine, args: list[Value], _named: dict[str, Value], _where: str) -> Value:
    value = args[0] if args else ""
    if isinstance(value, str):
        return value if isinstance(value, Doubtful) else str(value)
    return str(value) if isinstance(value, int | float | tuple | type(None)) else UNKNOWN


def _sequence(make: Callable[[list[Value]], Value]) -> Handler:
    def handler(
        _machine: Machine, args: list[Value], _named: dict[str, Value], _where: str
    ) -> Value:
        if not args:
            return make([])
        if isinstance(args[0], Unknown | External):
            return make([UNKNOWN]) if make is list else UNKNOWN
        try:
            return make(items_of(args[0]))
        except TypeError:
            return UNKNOWN

    return handler


def _dict(_machine: Machine, args: list[Value], named: dict[str, Value], _where: str) -> Value:
    try:
        return {**(dict(args[0]) if args and not isinstance(args[0], Unknown) else {}), **named}
    except (TypeError, ValueError):
        return dict(named)


def _range(_machine: Machine, args: list[Value], _named: dict[str, Value], _where: str) -> Value:
    if not args or any(not isinstance(arg, int) for arg in args):
        return UNKNOWN
    whole = range(*args[:3]) if not (len(args) > 2 and args[2] == 0) else range(0)
    return whole[:MAX_ITEMS]


def _zip(_machine: Machine, args: list[Value], _named: dict[str, Value], _where: str) -> Value:
    return list(zip(*map(items_of, args), strict=False))


def _enumerate(
    _machine: Machine, args: list[Value], _named: dict[str, Value], _where: str
) -> Value:
    return list(enumerate(items_of(first(args))))


def _map(machine: Machine, args: list[Value], _named: dict[str, Value], where: str) -> Value:
    return (
        [machine.call(args[0], [item], {}, where) for item in items_of(args[1])]
        if len(args) == 2
        else UNKNOWN
    )


def _filter(machine: Machine, args: list[Value], _named: dict[str, Value], where: str) -> Value:
    if len(args) != 2:
        return UNKNOWN
    kept = []
    for item in items_of(args[1]):
        answer = item if args[0] is None else machine.call(args[0], [item], {}, where)
        if truth(answer) is not False:
            kept.append(item)
    return kept


def _any(_machine: Machine, args: list[Value], _named: dict[str, Value], _where: str) -> Value:
    known = [truth(item) for item in items_of(first(args))]
    return True if True in known else UNKNOWN if None in known else False


def _all(_machine: Machine, args: list[Value], _named: dict[str, Value], _where: str) -> Value:
    known = [truth(item) for item in items_of(first(args))]
    return False if False in known else UNKNOWN if None in known else True


def _in_cpython(module: str, name: str, windows: bool) -> bool:
    """Say whether a module of CPython has an attribute, on Windows or elsewhere."""
    if name in ("getwindowsversion", "winver", "dllhandle", "startfile", "add_dll_directory"):
        return windows
    if name in ("gettotalrefcount", "real_prefix", "frozen"):
        return False
    return hasattr(sys if module == "sys" else os, name)


def _type(_machine: Machine, args: list[Value], _named: dict[str, Value], _where: str) -> Value:
    value = first(args)
    if isinstance(value, Instance):
        return value.cls
    plain = isinstance(value, str | int | float | list | dict | tuple | set | type(None))
    name = "str" if isinstance(value, str) else type(value).__name__
    return External(f"builtins.{name}") if plain and len(args) == 1 else UNKNOWN


def _has_attribute(
    machine: Machine, args: list[Value], _named: dict[str, Value], _where: str
) -> Value:
    if len(args) < 2 or not isinstance(args[1], str):
        return UNKNOWN
    owner, name = args[:2]
    if owner in (External("sys"), External("os")):
        return _in_cpython(owner.name, name, machine.surroundings.is_windows)
    if isinstance(owner, External):
        return True
    if isinstance(owner, Instance):
        found = name in owner.attributes
        return found or (isinstance(owner.cls, UserClass) and owner.cls.find(name) is not None)
    if isinstance(owner, Module):
        return name in owner.frame.variables
    return UNKNOWN if isinstance(owner, Unknown) else hasattr(owner, name)


def _get_attribute(
    machine: Machine, args: list[Value], named: dict[str, Value], where: str
) -> Value:
    if len(args) < 2 or not isinstance(args[1], str):
        return UNKNOWN
    if len(args) > 2 and truth(_has_attribute(machine, args, named, where)) is not True:
        return args[2]
    return machine.attribute(args[0], args[1])


def _execute(machine: Machine, args: list[Value], _named: dict[str, Value], _where: str) -> Value:
    """Follow a text as exec() does; where that cannot be, what it would define stays unknown."""
    scopes = [arg for arg in args[1:] if isinstance(arg, dict)]
    if args and isinstance(args[0], str) and scopes:
        scopes[-1].update(machine.run_text(args[0]))
    return None


def _members(owner: Value) -> Iterable[str]:
    if isinstance(owner, UserClass):
        return owner.members
    return owner.attributes if isinstance(owner, Instance) else ()


def _set_attribute(
    _machine: Machine, args: list[Value], _named: dict[str, Value], _where: str
) -> Value:
    if len(args) == 3 and isinstance(args[1], str):
        set_attribute(args[0], args[1], args[2])


_TYPES: dict[str, type | tuple[type, ...]] = {
    "str": str,
    "bytes": bytes,
    "int": int,
    "list": list,
    "tuple": tuple,
    "dict": dict,
    "bool": bool,
    "float": float,
    "set": set,
    "Path": PathText,
}


def _is_instance(machine: Machine, args: list[Value], named: dict[str, Value], where: str) -> Value:
    if len(args) != 2 or isinstance(args[0], Unknown):
        return UNKNOWN
    value, cls = args
    if isinstance(cls, tuple):
        return _any(
            machine, [[_is_instance(machine, [value, one], named, where) for one in cls]], {}, where
        )
    if isinstance(cls, External) and cls.name.rpartition(".")[2] in _TYPES:
        return isinstance(value, _TYPES[cls.name.rpartition(".")[2]])
    if isinstance(value, Instance):
        return catches(cls, value.cls) or UNKNOWN
    return False


def _call_method(name: str) -> Handler:
    def handler(machine: Machine, args: list[Value], named: dict[str, Value], where: str) -> Value:
        return machine.call(Method(args[0], name), args[1:], named, where) if args else UNKNOWN

    return handler


def _copied(value: Value) -> Value:
    if isinstance(value, list):
        return list(value)
    if isinstance(value, dict):
        return {key: _copied(item) for key, item in value.items()}
    if isinstance(value, Instance):
        return Instance(value.cls, {key: _copied(item) for key, item in value.attributes.items()})
    return value


def _known(value: Value) -> Handler:
    return lambda _machine, _args, _named, _where: value


BUILTIN_HANDLERS: dict[str, Handler] = {
    "copy.copy": lambda _machine, args, _named, _where: _copied(first(args)),
    "copy.deepcopy": lambda _machine, args, _named, _where: _copied(first(args)),
    "itertools.chain": lambda _machine, args, _named, _where: [
        item for arg in args for item in items_of(arg)
    ],
    "functools.partial": lambda _machine, args, _named, _where: first(args),
    "collections.OrderedDict": _dict,
    "collections.defaultdict": lambda _machine, _args, _named, _where: {},
    "builtins.len": _length,
    "builtins.str": _text,
    "os.fspath": _text,
    "os.fsdecode": _text,
    "builtins.int": plain(int),
    "builtins.float": plain(float),
    "builtins.abs": plain(abs),
    "builtins.bool": lambda _machine, args, _named, _where: (
        UNKNOWN if truth(first(args)) is None else truth(first(args))
    ),
    "builtins.repr": _text,
    "builtins.list": _sequence(list),
    "builtins.tuple": _sequence(tuple),
    "builtins.set": _sequence(set),
    "builtins.frozenset": _sequence(frozenset),
    "builtins.sorted": lambda _machine, args, _named, _where: items_of(first(args)),
    "builtins.reversed": _sequence(lambda items: items[::-1]),
    "builtins.iter": _sequence(list),
    "builtins.next": _known(UNKNOWN),
    "builtins.dict": _dict,
    "builtins.range": _range,
    "builtins.zip": _zip,
    "builtins.enumerate": _enumerate,
    "builtins.map": _map,
    "builtins.filter": _filter,
    "builtins.any": _any,
    "builtins.all": _all,
    "builtins.min": plain(min),
    "builtins.max": plain(max),
    "builtins.sum": plain(sum),
    "builtins.type": _type,
    "builtins.hasattr": _has_attribute,
    "builtins.getattr": _get_attribute,
    "builtins.setattr": _set_attribute,
    "builtins.isinstance": _is_instance,
    "builtins.exec": _execute,
    "builtins.compile": lambda _machine, args, _named, _where: first(args),
    "builtins.print": _known(None),
    "builtins.dir": lambda _machine, args, _named, _where: sorted(_members(first(args))),
    "builtins.callable": lambda _machine, args, _named, _where: isinstance(
        first(args), Function | Bound | External
    ),
    "builtins.str.join": _call_method("join"),
    "builtins.str.lower": _call_method("lower"),
    "typing.cast": lambda _machine, args, _named, _where: args[1] if len(args) > 1 else UNKNOWN,
    "operator.add": plain(lambda one, other: one + other),
}
