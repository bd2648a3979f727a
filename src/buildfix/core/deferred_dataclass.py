"""`dataclass` as in the standard library, but its methods are generated when a class is first used.

The standard decorator compiles the methods of each class when its module is imported, which takes
up to a millisecond. A run imports 200 such classes, and uses less than half of them if nothing is
missing.
"""

from __future__ import annotations

import dataclasses
import threading
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any, NoReturn, TypeVar

_Class = TypeVar("_Class", bound=type)

_FIELDS = "__dataclass_fields__"
"""What `dataclasses` looks for in a class."""
_GUARDS = ("__setattr__", "__delattr__")
_LOCK = threading.RLock()


class _Fields:
    """Stands for the fields of a class that is not complete."""

    def __init__(self, complete: Callable[[], None]):
        self.complete = complete

    def __get__(self, _: object, owner: type) -> Any:
        self.complete()
        return getattr(owner, _FIELDS)


def _refuse(_: object, name: str, *value: object) -> NoReturn:
    """Reject an assignment (`value`) or a deletion."""
    word = "assign to" if value else "delete"
    raise dataclasses.FrozenInstanceError(f"cannot {word} field {name!r}")


def _deferred(cls: _Class, options: dict[str, Any]) -> _Class:
    """Return the class with methods that first generate the real ones."""
    compared = ("__eq__", "__hash__") if options.get("eq", True) else ()
    names = [one for one in ("__init__", "__repr__", *compared) if one not in vars(cls)]
    own = dict(vars(cls))
    complete = partial(_complete, cls, own, options)
    for name in names:
        setattr(cls, name, _first_call(cls, name, complete))
    setattr(cls, _FIELDS, _Fields(complete))
    for name in _GUARDS if options.get("frozen") else ():
        setattr(cls, name, _refuse)
    return cls


def _first_call(cls: type, name: str, complete: Callable[[], None]) -> Callable[..., Any]:
    def method(self: object, *args: object, **named: object) -> Any:
        complete()
        return getattr(cls, name)(self, *args, **named)

    return method


def _complete(cls: type, own: dict[str, Any], options: dict[str, Any]) -> None:
    """Give a class the methods of a dataclass, which are generated in a copy of it.

    Another thread that uses the class meanwhile finds either the real methods or those that wait.
    """
    with _LOCK:
        if not isinstance(vars(cls)[_FIELDS], _Fields):
            return
        body = {name: own[name] for name in own if name not in ("__dict__", "__weakref__")}
        made: type = dataclasses.dataclass(**options)(type(cls)(cls.__name__, cls.__bases__, body))
        generated = {name: value for name, value in vars(made).items() if name not in own}
        fields = generated.pop(_FIELDS)
        for name, value in generated.items():
            if name not in _GUARDS:
                setattr(cls, name, value)
        setattr(cls, _FIELDS, fields)


if TYPE_CHECKING:
    from dataclasses import dataclass as dataclass
else:

    def dataclass(cls=None, /, **options):
        """Make a class a dataclass; the options are those of the standard decorator."""
        if cls is None:
            return partial(_deferred, options=options)
        return _deferred(cls, options)
