"""Operators, comparisons and iteration over values that may be unknown."""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable
from itertools import islice

from buildfix.analysis.python.exceptions import catches
from buildfix.analysis.python.values import Machine, PathText, Raised, Ran
from buildfix.analysis.symbolic_values import UNKNOWN, Doubtful, External, Unknown, Value, contains

MAX_ITEMS = 2000
"""How many items of a loop or comprehension are followed."""

MAX_SIZE = 100_000
"""Characters or items that a value made by an operator may have."""

_OPERATORS: dict[type[ast.operator], Callable[[Value, Value], Value]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.FloorDiv: operator.floordiv,
    ast.Mod: operator.mod,
    ast.BitOr: operator.or_,
    ast.BitAnd: operator.and_,
    ast.BitXor: operator.xor,
}

COMPARISONS: dict[type[ast.cmpop], Callable[[Value, Value], Value]] = {
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.Is: operator.is_,
    ast.IsNot: operator.is_not,
}

_CONTAINERS = (str, list, tuple, dict, set, frozenset, range)
_PLAIN = (str, bytes, int, float, list, tuple, dict, set, frozenset, type(None), range)


def mishap(machine: Machine, name: str, where: str = "") -> Value:
    """Raise an exception where the script provides for it, else return UNKNOWN.

    What is followed here is less than what would run: an exception that nobody expects is more
    likely a lack of this than of the script. Raises Raised.
    """
    if catches(machine.guards, name):
        raise Raised(name, (), where)
    return UNKNOWN


def environment(machine: Machine, name: str) -> Value:
    """Return a variable of the imagined machine's environment, None where it is unset."""
    known = {"PATH": "/usr/bin", "HOME": "/root"}
    if machine.surroundings.is_windows:
        known["PROGRAMFILES"] = "C:\\Program Files"
    return known.get(name.upper())


def operate(kind: type[ast.operator], left: Value, right: Value) -> Value:
    """Return the result of a binary operator, UNKNOWN where it would be unknown or huge."""
    if isinstance(left, PathText) and kind is ast.Div and isinstance(right, str):
        return PathText(right if right.startswith("/") else f"{left}/{right}")
    lists = isinstance(left, list | Unknown) and isinstance(right, list | Unknown)
    if kind is ast.Add and lists:
        return _added(left, right)
    return _calculated(kind, left, right) if _calculable(kind, left, right) else UNKNOWN


def _calculated(kind: type[ast.operator], left: Value, right: Value) -> Value:
    try:
        result = _OPERATORS[kind](left, right)
    except Exception:  # what the operator raises in the script is the script's affair
        return UNKNOWN
    if isinstance(result, str | bytes | list | tuple) and len(result) > MAX_SIZE:
        return UNKNOWN
    return Doubtful(result) if has_doubt(left, right) and type(result) is str else result


def _added(left: Value, right: Value) -> Value:
    """Return two lists as one, of which one may be unknown."""
    if isinstance(left, Unknown) and isinstance(right, Unknown):
        return UNKNOWN
    parts = [[part] if isinstance(part, Unknown) else part for part in (left, right)]
    return (parts[0] + parts[1])[:MAX_SIZE]


def _calculable(kind: type[ast.operator], left: Value, right: Value) -> bool:
    plain = isinstance(left, _PLAIN) and isinstance(right, _PLAIN)
    if kind not in _OPERATORS or not plain:
        return False
    if kind in (ast.Mult, ast.Mod) and _too_large(left, right):
        return False
    return not (isinstance(left, str) and kind is ast.Mod and _holds_unknown(right))


def _too_large(left: Value, right: Value) -> bool:
    """Say whether a repetition or a format may take more memory than a script's values do."""
    numbers = [value for value in (left, right) if isinstance(value, int)]
    if max(map(abs, numbers), default=0) > MAX_SIZE:
        return True
    if isinstance(left, str) and not numbers:
        return _wide_format(left, items_of(right))
    sized = (value for value in (left, right) if hasattr(value, "__len__"))
    return any(len(value) * max(numbers or [1]) > MAX_SIZE for value in sized)


def _wide_format(text: str, items: list[Value]) -> bool:
    longest = max(map(len, map(str, items)), default=0)
    wide = any(len(part) > 3 for part in _digits(text))
    return wide or len(text) + text.count("%") * longest > MAX_SIZE


def _digits(text: str) -> list[str]:
    return "".join(char if char.isdigit() else " " for char in text).split()


def _holds_unknown(value: Value) -> bool:
    items = value if isinstance(value, tuple | list) else (value,)
    return any(not isinstance(item, _PLAIN) for item in items)


def has_doubt(*values: Value) -> bool:
    """Say whether one of the values is a string whose presence is uncertain."""
    return any(isinstance(value, Doubtful) for value in values)


def compare(machine: Machine, kind: ast.cmpop, left: Value, right: Value) -> Value:
    """Return what a comparison of two values gives."""
    if isinstance(kind, ast.In | ast.NotIn):
        found = _contains(machine, right, left)
        return found if isinstance(kind, ast.In) or found is UNKNOWN else not found
    if isinstance(left, Unknown) or isinstance(right, Unknown):
        return UNKNOWN
    outside = isinstance(left, External), isinstance(right, External)
    if all(outside):
        return (left == right) is isinstance(kind, ast.Is | ast.Eq)
    if any(outside) and right is not None:
        return UNKNOWN
    try:
        return bool(COMPARISONS[type(kind)](left, right))
    except Exception:  # as the operators above
        return UNKNOWN


def _contains(machine: Machine, container: Value, item: Value) -> Value:
    if container == External("os.environ") and isinstance(item, str):
        return environment(machine, item) is not None
    if isinstance(item, Unknown) or not isinstance(container, _CONTAINERS):
        return UNKNOWN
    try:
        return contains(container, item)
    except TypeError:
        return UNKNOWN


def items_of(value: Value) -> list[Value]:
    """Return what iterating a value gives, one unknown item where that is unknown."""
    if isinstance(value, Ran) and isinstance(value.stdout, str):
        return value.stdout.splitlines(keepends=True)[:MAX_ITEMS]
    if isinstance(value, str | bytes | list | tuple | dict | set | frozenset | range):
        return list(islice(value, MAX_ITEMS))
    return [UNKNOWN]
