"""The values of an exactly evaluated script, and the ways in which its control flow leaves."""

from __future__ import annotations

import ast
from dataclasses import dataclass, field
from typing import Any

from buildfix.analysis.symbolic_values import External, Method, Unknown, Value


class NotShown(Exception):
    """Something that is not known exactly; its text says what."""


OPAQUE = Unknown()
"""A value that is not known, and that nothing needs to know."""
ALIAS = Unknown(aliases=True)


@dataclass(eq=False)
class Items:
    """A list; `exact` is false once it may hold other things than `values`."""

    values: list[Value] = field(default_factory=list)
    exact: bool = True
    given: bool = False
    """Whether an extension has it for its sources, which some setuptools copy and others share."""


@dataclass(eq=False)
class Pairs:
    """A dict, as a list is."""

    values: dict[str, Value] = field(default_factory=dict)
    exact: bool = True


@dataclass(eq=False)
class Scope:
    """The variables of a module or function."""

    variables: dict[str, Value]
    parent: Scope | None = None

    def find(self, name: str) -> Value:
        """Return a variable's value; raises NotShown where there is none."""
        if name in self.variables:
            return self.variables[name]
        if self.parent is None:
            raise NotShown(f"the name {name}")
        return self.parent.find(name)


@dataclass(eq=False)
class Routine:
    """A function of the script."""

    node: ast.FunctionDef
    scope: Scope
    defaults: tuple[Value, ...]


@dataclass(frozen=True)
class Blocked:
    """A class of the script: defining it does nothing, using it is not followed."""

    name: str


@dataclass(eq=False)
class Extension:
    """An extension module."""

    fields: dict[str, Value]


def truth(value: Value) -> bool | None:
    """Return whether a condition holds; None where that is not known."""
    if isinstance(value, Unknown):
        return None
    if isinstance(value, Items | Pairs):
        return bool(value.values) if value.exact else None
    if isinstance(value, str | int | float | bytes | tuple | type(None)):
        return bool(value)
    return None if isinstance(value, External | Method) else True


def is_exact(value: Value) -> bool:
    """Say whether a value is known through and through."""
    if isinstance(value, Items | tuple):
        values = value.values if isinstance(value, Items) else value
        return (not isinstance(value, Items) or value.exact) and all(map(is_exact, values))
    return value is None or isinstance(value, str | int | float)


def plain(value: Value) -> Any:
    """Return an exact value as Python's own."""
    if isinstance(value, Items):
        return [plain(one) for one in value.values]
    return tuple(map(plain, value)) if isinstance(value, tuple) else value


def elements(value: Value) -> list[Value]:
    """Return what one iterates over; raises NotShown where that is not known."""
    if isinstance(value, Items | Pairs) and value.exact:
        return list(value.values)
    if isinstance(value, tuple | str):
        return list(value)
    raise NotShown("a loop over something unknown")
