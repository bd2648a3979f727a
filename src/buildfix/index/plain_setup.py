"""What a setup.py requires that has it as plain lists, read without running any of it."""

from __future__ import annotations

import ast
from typing import Any

LONGEST = 20_000
"""Characters of a setup.py that is parsed; a longer one of bad intent may exhaust the stack."""
_MODULES = frozenset({"setuptools", "distutils.core"})
_CHANGES = frozenset({"cmdclass", "distclass", "pbr", "setup_requires", "use_pyscaffold"})
"""Arguments of setup() whose code may change what it requires."""


def plain_requires(text: str) -> dict[str, list[str]] | None:
    """Return the requirements of a setup.py by extra, those of no extra under "".

    None unless it calls setup() once, unconditionally, with nothing but lists of strings for them.
    """
    tree = _parsed(text)
    calls = [one for one in ast.walk(tree) if isinstance(one, ast.Call) and _is_setup(one)]
    outer = [one.value for one in tree.body if isinstance(one, ast.Expr)]
    if len(calls) != 1 or calls[0] not in outer or not _is_of_setuptools(calls[0], tree):
        return None
    given = {one.arg: one.value for one in calls[0].keywords}
    if calls[0].args or None in given or not _CHANGES.isdisjoint(given):
        return None
    extras = _value(given.get("extras_require"), {})
    if not isinstance(extras, dict) or "" in extras:
        return None
    found = {"": _value(given.get("install_requires"), []), **extras}
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


def _value(node: ast.expr | None, absent: object) -> Any:
    """Return what a plain value is; None if it is not plain."""
    if node is None:
        return absent
    try:
        return ast.literal_eval(node)
    except (ValueError, TypeError, SyntaxError, RecursionError, MemoryError):
        return None


def _is_list(value: object) -> bool:
    return isinstance(value, (list, tuple)) and all(isinstance(one, str) for one in value)
