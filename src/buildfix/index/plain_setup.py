"""What a setup.py requires that has it as plain lists, read without running any of it."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import Any

LONGEST = 20_000
"""Characters of a setup.py that is parsed; a longer one of bad intent may exhaust the stack."""
_MODULES = frozenset({"setuptools", "distutils.core"})
_CHANGES = frozenset({"cmdclass", "distclass", "pbr", "setup_requires", "use_pyscaffold"})
"""Arguments of setup() whose code may change what it requires."""

_NAMESPACES = frozenset({"exec", "globals", "locals", "vars"})
"""With these a script may bind any name."""


def plain_requires(text: str) -> dict[str, list[str]] | None:
    """Return the requirements of a setup.py by extra, those of no extra under "".

    None unless it calls setup() once, unconditionally, with nothing but lists of strings for them,
    written there or bound to names of the module that nothing else touches.
    """
    tree = _parsed(text)
    calls = [one for one in ast.walk(tree) if isinstance(one, ast.Call) and _is_setup(one)]
    outer = [one.value for one in tree.body if isinstance(one, ast.Expr)]
    if len(calls) != 1 or calls[0] not in outer or not _is_of_setuptools(calls[0], tree):
        return None
    given = {one.arg: one.value for one in calls[0].keywords}
    if calls[0].args or None in given or not _CHANGES.isdisjoint(given):
        return None
    written = _Written(_bound_once(tree, calls[0]))
    extras = _value(given.get("extras_require"), {}, written)
    if not isinstance(extras, dict) or "" in extras:
        return None
    found = {"": _value(given.get("install_requires"), [], written), **extras}
    if not all(isinstance(name, str) and _is_list(value) for name, value in found.items()):
        return None
    return {name: list(value) for name, value in found.items()}


def _parsed(text: str) -> ast.Module:
    try:
        return ast.parse(text if len(text) <= LONGEST else "")
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return ast.parse("")


def _is_setup(call: ast.Call) -> bool:
    name = call.func
    if isinstance(name, ast.Attribute):
        return name.attr == "setup"
    return isinstance(name, ast.Name) and name.id == "setup"


def _is_of_setuptools(call: ast.Call, tree: ast.Module) -> bool:
    """Say whether a setup() that is called is that of setuptools, and no other."""
    nodes = list(ast.walk(tree))
    if any(isinstance(node, ast.FunctionDef) and node.name == "setup" for node in nodes):
        return False
    if isinstance(call.func, ast.Attribute):
        names = (one.name for node in nodes if isinstance(node, ast.Import) for one in node.names)
        owner = call.func.value
        return isinstance(owner, ast.Name) and owner.id == "setuptools" and "setuptools" in names
    sources = {
        node.module
        for node in nodes
        if isinstance(node, ast.ImportFrom)
        and any((one.asname or one.name) in ("setup", "*") for one in node.names)
    }
    return bool(sources) and sources <= _MODULES


class _Written(ast.NodeTransformer):
    """Puts what names are bound to in place of them."""

    def __init__(self, bound: dict[str, ast.expr]) -> None:
        self._bound = bound

    def visit_Name(self, node: ast.Name) -> ast.expr:
        return self._bound.get(node.id, node)


def _bound_once(tree: ast.Module, call: ast.Call) -> dict[str, ast.expr]:
    """Return the plain values of names that only the module binds, once, before the call.

    All else that a script does with a name, even a look, may come to change it: such a name counts
    only where it is an argument of the call, or stands in a list or dictionary there.
    """
    nodes = list(ast.walk(tree))
    if any(map(_may_bind_anything, nodes)):
        return {}
    arguments = {id(name) for one in call.keywords for name in _names_in(one.value)}
    used = [text for node in nodes if id(node) not in arguments for text in _words(node)]
    found = {}
    for statement in tree.body:
        if isinstance(statement, ast.Expr) and statement.value is call:
            break
        targets = statement.targets if isinstance(statement, ast.Assign) else []
        if isinstance(statement, ast.AnnAssign):
            targets = [statement.target]
        name = targets[0] if len(targets) == 1 else None
        value = getattr(statement, "value", None)
        if isinstance(name, ast.Name) and used.count(name.id) == 1 and value:
            found[name.id] = value
    return found


def _may_bind_anything(node: ast.AST) -> bool:
    if isinstance(node, ast.ImportFrom):
        return node.module not in _MODULES and any(one.name == "*" for one in node.names)
    return isinstance(node, ast.Name) and node.id in _NAMESPACES


def _names_in(node: ast.expr) -> Iterator[ast.Name]:
    """Yield the names that are an argument or stand in its lists, and are not computed with."""
    if isinstance(node, ast.Name):
        yield node
    elif isinstance(node, (ast.List, ast.Tuple, ast.Dict)):
        for one in ast.iter_child_nodes(node):
            if isinstance(one, ast.expr):
                yield from _names_in(one)


def _words(node: ast.AST) -> Iterator[str]:
    """Yield the names that a node mentions; a string, an attribute or a keyword is none."""
    if isinstance(node, (ast.Constant, ast.Attribute, ast.keyword)):
        return
    for _, value in ast.iter_fields(node):
        for one in value if isinstance(value, list) else [value]:
            if isinstance(one, str):
                yield one


def _value(node: ast.expr | None, absent: object, written: _Written) -> Any:
    """Return what a plain value is; None if it is not plain."""
    if node is None:
        return absent
    try:
        return ast.literal_eval(written.visit(node))
    except (ValueError, TypeError, SyntaxError, RecursionError, MemoryError):
        return None


def _is_list(value: object) -> bool:
    return isinstance(value, (list, tuple)) and all(isinstance(one, str) for one in value)
