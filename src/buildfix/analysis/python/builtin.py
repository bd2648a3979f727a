"""Python's builtins and small tools, as far as setup scripts use them."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable
from dataclasses import replace

from buildfix.analysis.python.binding import set_attribute
from buildfix.analysis.python.exceptions import catches
from buildfix.analysis.python.operators import MAX_ITEMS, items_of
from buildfix.analysis.python.values import (
    Bound,
    Call,
    Function,
    Instance,
    Module,
    PathText,
    UserClass,
)
from buildfix.analysis.symbolic_values import (
    UNKNOWN,
    Doubtful,
    External,
    Method,
    Unknown,
    Value,
    truth,
)

Handler = Callable[[Call], Value]
"""Does what a function of Python's does."""


def plain(action: Callable[..., Value]) -> Handler:
    """Return a handler that calls a builtin on values that are all known."""

    def handler(call: Call) -> Value:
        given = (*call.args, *call.named.values())
        if any(isinstance(arg, Unknown | External | Instance) for arg in given):
            return UNKNOWN
        try:
            return action(*call.args, **call.named)
        except Exception:  # what the builtin raises in the script is the script's affair
            return UNKNOWN

    return handler


def _text(call: Call) -> Value:
    value = call.argument(0, "")
    if isinstance(value, str):
        return value if isinstance(value, Doubtful) else str(value)
    return str(value) if isinstance(value, int | float | tuple | type(None)) else UNKNOWN


def _sequence(make: Callable[[list[Value]], Value]) -> Handler:
    def handler(call: Call) -> Value:
        if not call.args:
            return make([])
        if isinstance(call.first, Unknown | External):
            return make([UNKNOWN]) if make is list else UNKNOWN
        try:
            return make(items_of(call.first))
        except TypeError:
            return UNKNOWN

    return handler


def _dict(call: Call) -> Value:
    try:
        given = {} if isinstance(call.first, Unknown) else dict(call.first)
        return {**given, **call.named}
    except (TypeError, ValueError):
        return dict(call.named)


def _range(call: Call) -> Value:
    if not call.args or any(not isinstance(arg, int) for arg in call.args):
        return UNKNOWN
    whole = range(*call.args[:3]) if not (len(call.args) > 2 and call.args[2] == 0) else range(0)
    return whole[:MAX_ITEMS]


def _map(call: Call) -> Value:
    if len(call.args) != 2:
        return UNKNOWN
    return [call.machine.call(call.first, call.using(item)) for item in items_of(call.args[1])]


def _filter(call: Call) -> Value:
    if len(call.args) != 2:
        return UNKNOWN
    kept = []
    for item in items_of(call.args[1]):
        answer = item if call.first is None else call.machine.call(call.first, call.using(item))
        if truth(answer) is not False:
            kept.append(item)
    return kept


def _any(call: Call) -> Value:
    known = [truth(item) for item in items_of(call.first)]
    return True if True in known else UNKNOWN if None in known else False


def _all(call: Call) -> Value:
    known = [truth(item) for item in items_of(call.first)]
    return False if False in known else UNKNOWN if None in known else True


def _in_cpython(module: str, name: str, windows: bool) -> bool:
    """Say whether a module of CPython has an attribute, on Windows or elsewhere."""
    if name in ("getwindowsversion", "winver", "dllhandle", "startfile", "add_dll_directory"):
        return windows
    if name in ("gettotalrefcount", "real_prefix", "frozen"):
        return False
    return hasattr(sys if module == "sys" else os, name)


def _type(call: Call) -> Value:
    value = call.first
    if isinstance(value, Instance):
        return value.cls
    plain = isinstance(value, str | int | float | list | dict | tuple | set | type(None))
    name = "str" if isinstance(value, str) else type(value).__name__
    return External(f"builtins.{name}") if plain and len(call.args) == 1 else UNKNOWN


def _has_attribute(call: Call) -> Value:
    if len(call.args) < 2 or not isinstance(call.args[1], str):
        return UNKNOWN
    owner, name = call.args[:2]
    if owner in (External("sys"), External("os")):
        return _in_cpython(owner.name, name, call.machine.surroundings.is_windows)
    if isinstance(owner, External):
        return True
    if isinstance(owner, Instance):
        found = name in owner.attributes
        return found or (isinstance(owner.cls, UserClass) and owner.cls.find(name) is not None)
    if isinstance(owner, Module):
        return name in owner.frame.variables
    return UNKNOWN if isinstance(owner, Unknown) else hasattr(owner, name)


def _get_attribute(call: Call) -> Value:
    if len(call.args) < 2 or not isinstance(call.args[1], str):
        return UNKNOWN
    if len(call.args) > 2 and truth(_has_attribute(call)) is not True:
        return call.args[2]
    return call.machine.attribute(call.args[0], call.args[1])


def _execute(call: Call) -> Value:
    """Follow a text as exec() does; where that cannot be, what it would define stays unknown."""
    scopes = [arg for arg in call.args[1:] if isinstance(arg, dict)]
    if call.text is not None and scopes:
        scopes[-1].update(call.machine.run_text(call.text))
    return None


def _variables(call: Call) -> Value:
    """Return what vars() does of a module or object of the tree."""
    if isinstance(call.first, Module):
        return call.first.frame.variables
    return call.first.attributes if isinstance(call.first, Instance) else UNKNOWN


def _members(owner: Value) -> Iterable[str]:
    if isinstance(owner, UserClass):
        return owner.members
    return owner.attributes if isinstance(owner, Instance) else ()


def _set_attribute(call: Call) -> Value:
    if len(call.args) == 3 and isinstance(call.args[1], str):
        set_attribute(call.args[0], call.args[1], call.args[2])


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


def _is_instance(call: Call) -> Value:
    if len(call.args) != 2 or isinstance(call.args[0], Unknown):
        return UNKNOWN
    value, cls = call.args
    if isinstance(cls, tuple):
        return _any(call.using([_is_instance(call.using(value, one)) for one in cls]))
    if isinstance(cls, External) and cls.name.rpartition(".")[2] in _TYPES:
        return isinstance(value, _TYPES[cls.name.rpartition(".")[2]])
    if isinstance(value, Instance):
        return catches(cls, value.cls) or UNKNOWN
    return False


def _call_method(name: str) -> Handler:
    def handler(call: Call) -> Value:
        if not call.args:
            return UNKNOWN
        return call.machine.call(Method(call.first, name), call.using(*call.args[1:]))

    return handler


def _copied(value: Value) -> Value:
    if isinstance(value, list):
        return list(value)
    if isinstance(value, dict):
        return {key: _copied(item) for key, item in value.items()}
    if isinstance(value, Instance):
        return replace(value, attributes=_copied(value.attributes))
    return value


def known(value: Value) -> Handler:
    """Return a handler for what always gives the same."""
    return lambda _call: value


BUILTIN_HANDLERS: dict[str, Handler] = {
    "copy.copy": lambda call: _copied(call.first),
    "copy.deepcopy": lambda call: _copied(call.first),
    "itertools.chain": lambda call: [item for arg in call.args for item in items_of(arg)],
    "functools.partial": lambda call: call.first,
    "collections.OrderedDict": _dict,
    "collections.defaultdict": lambda _call: {},
    "builtins.len": lambda call: len(call.first) if hasattr(call.first, "__len__") else UNKNOWN,
    "builtins.str": _text,
    "os.fspath": _text,
    "os.fsdecode": _text,
    "builtins.int": plain(int),
    "builtins.float": plain(float),
    "builtins.abs": plain(abs),
    "builtins.bool": lambda call: UNKNOWN if truth(call.first) is None else truth(call.first),
    "builtins.repr": _text,
    "builtins.list": _sequence(list),
    "builtins.tuple": _sequence(tuple),
    "builtins.set": _sequence(set),
    "builtins.frozenset": _sequence(frozenset),
    "builtins.sorted": lambda call: items_of(call.first),
    "builtins.reversed": _sequence(lambda items: items[::-1]),
    "builtins.iter": _sequence(list),
    "builtins.next": known(UNKNOWN),
    "builtins.dict": _dict,
    "builtins.range": _range,
    "builtins.zip": lambda call: list(zip(*map(items_of, call.args), strict=False)),
    "builtins.enumerate": lambda call: list(enumerate(items_of(call.first))),
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
    "builtins.vars": _variables,
    "builtins.compile": lambda call: call.first,
    "builtins.print": known(None),
    "builtins.dir": lambda call: sorted(_members(call.first)),
    "builtins.callable": lambda call: isinstance(call.first, Function | Bound | External),
    "builtins.str.join": _call_method("join"),
    "builtins.str.lower": _call_method("lower"),
    "typing.cast": lambda call: call.argument(1, UNKNOWN),
    "operator.add": plain(lambda one, other: one + other),
}
