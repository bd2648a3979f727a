"""`dataclass` as in the standard library, with methods that are written here.

The standard decorator generates and compiles the methods of each class when its module is imported,
which takes up to a millisecond; a run imports 200 such classes.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from dataclasses import MISSING, Field
from functools import partial
from operator import attrgetter
from typing import TYPE_CHECKING, Any, NoReturn, TypeVar

_Class = TypeVar("_Class", bound=type)


def _light(cls: _Class, *, frozen: bool = False, eq: bool = True) -> _Class:
    """Give a class its fields and the methods of a dataclass; its own methods stay."""
    own, text = set(vars(cls)), cls.__doc__
    cls.__doc__ = text or cls.__name__  # or else the standard decorator computes a signature
    dataclasses.dataclass(init=False, repr=False, eq=False)(cls)
    cls.__doc__ = text
    methods: dict[str, Any] = {"__init__": _initializer(cls), "__repr__": _text}
    if eq:
        values = _values_of(cls)
        methods["__eq__"] = lambda one, other: (
            values(one) == values(other) if one.__class__ is other.__class__ else NotImplemented
        )
        methods["__hash__"] = (lambda one: hash(values(one))) if frozen else None
    if frozen:
        methods["__setattr__"] = methods["__delattr__"] = _refuse
    for name in methods.keys() - own:
        setattr(cls, name, methods[name])
    return cls


def _initializer(cls: type) -> Callable[..., None]:
    """Return an `__init__` that takes the fields of a class."""
    fields = dataclasses.fields(cls)
    positional = [one.name for one in fields if not one.kw_only]
    defaults = {one.name: one.default for one in fields}
    late = [one for one in fields if one.default is MISSING]
    checks = hasattr(cls, "__post_init__")

    def init(self: Any, *given: Any, **named: Any) -> None:
        values = self.__dict__
        values.update(defaults)
        values.update(zip(positional, given, strict=False))
        values.update(named)
        twice = given and named and not named.keys().isdisjoint(positional[: len(given)])
        if twice or len(values) > len(defaults) or len(given) > len(positional):
            raise TypeError(f"{cls.__name__} has the fields {', '.join(defaults)}")
        for one in late:
            if values[one.name] is MISSING:
                values[one.name] = _made(one, cls)
        if checks:
            self.__post_init__()

    return init


def _made(field: Field[Any], cls: type) -> Any:
    """Return a new default for a field; raises TypeError if it has none."""
    if field.default_factory is MISSING:
        raise TypeError(f"{cls.__name__} needs the field {field.name!r}")
    return field.default_factory()


def _values_of(cls: type) -> Callable[[Any], Any]:
    """Return a function that returns what an instance is compared by."""
    names = [one.name for one in dataclasses.fields(cls) if one.compare]
    return attrgetter(*names) if names else lambda _: ()


def _text(self: Any) -> str:
    """Return an instance as code."""
    fields = (f"{one.name}={getattr(self, one.name)!r}" for one in dataclasses.fields(self))
    return f"{self.__class__.__qualname__}({', '.join(fields)})"


def _refuse(_: object, name: str, *value: object) -> NoReturn:
    """Reject an assignment (`value`) or a deletion."""
    word = "assign to" if value else "delete"
    raise dataclasses.FrozenInstanceError(f"cannot {word} field {name!r}")


if TYPE_CHECKING:
    from dataclasses import dataclass as dataclass
else:

    def dataclass(cls=None, /, **options):
        """Make a class a dataclass; the options are `frozen` and `eq`."""
        if cls is None:
            return partial(_light, **options)
        return _light(cls, **options)
