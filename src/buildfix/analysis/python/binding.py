"""Assigning to what a script names: variables, attributes, items, several at once."""

from __future__ import annotations

import ast

from buildfix.analysis.python.operators import items_of
from buildfix.analysis.python.values import Frame, Machine
from buildfix.analysis.symbolic_values import UNKNOWN, Unknown, Value


def bind(machine: Machine, target: ast.expr, value: Value, frame: Frame) -> None:
    """Assign to a name, an attribute, an item or several of them."""
    if isinstance(target, ast.Name):
        frame.assign(target.id, value)
    elif isinstance(target, ast.Tuple | ast.List):
        _unpack(machine, target.elts, value, frame)
    elif isinstance(target, ast.Attribute):
        owner = machine.evaluate(target.value, frame)
        set_attribute(owner, target.attr, value)
    elif isinstance(target, ast.Subscript):
        _set_item(machine, target, value, frame)


def _unpack(machine: Machine, targets: list[ast.expr], value: Value, frame: Frame) -> None:
    items = items_of(value)
    if isinstance(value, Unknown) or len(items) < len(targets) - 1:
        items = [UNKNOWN] * len(targets)
    for number, target in enumerate(targets):
        if isinstance(target, ast.Starred):
            rest = len(targets) - number - 1
            bind(machine, target.value, items[number : len(items) - rest], frame)
            items[number : len(items) - rest] = [None]
        else:
            bind(machine, target, items[number] if number < len(items) else UNKNOWN, frame)


def set_attribute(owner: Value, name: str, value: Value) -> None:
    """Set an attribute of an object, class or module of the script."""
    if hasattr(owner, "attributes"):
        owner.attributes[name] = value
    elif hasattr(owner, "members"):
        owner.members[name] = value


def _set_item(machine: Machine, target: ast.Subscript, value: Value, frame: Frame) -> None:
    owner, key = machine.evaluate(target.value, frame), machine.evaluate(target.slice, frame)
    if not isinstance(owner, list | dict) or isinstance(key, Unknown):
        return
    if isinstance(key, slice) and not isinstance(value, list | tuple):
        return  # what was there stays what is known
    try:
        owner[key] = value
    except (TypeError, IndexError, ValueError):
        return
