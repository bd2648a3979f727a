"""Which conditions a place of setup.py hangs on, by the text of it alone."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator

from buildfix.analysis.python.parsed import parse

_SETUP = "setup.py"
_CALLED_AT = " < "
"""Between a place and that of the call which led to it."""


def tests_before(text: str, where: str) -> list[ast.expr] | None:
    """Return the conditions of a place of setup.py, and of the calls that lead to it.

    None if any of these may be repeated, skipped, or is in another file.
    """
    places = [one.partition(":") for one in where.split(_CALLED_AT)]
    if not all(file == _SETUP and line.isdigit() for file, _, line in places):
        return None
    lines = [int(line) for _, _, line in places]
    found = [
        _guards(text, line, called=number < len(lines) - 1) for number, line in enumerate(lines)
    ]
    return None if None in found else [test for tests in found for test in tests or ()]


def _guards(text: str, line: int, *, called: bool) -> list[ast.expr] | None:
    """Return the conditions around a line of a script; None if it may be repeated or skipped.

    A function around it counts if it was seen to be `called`, or surely is.
    """
    found: list[ast.expr] = []
    script = parse(text) or []
    nodes: list[ast.AST] = list(script)
    while node := next((one for one in nodes if _has_line(one, line)), None):
        if _is_before_body(node, line):
            return found
        if isinstance(node, ast.For | ast.While | ast.Try | ast.With | ast.Match):
            return None
        if isinstance(node, ast.ClassDef) and not called:
            return None
        if isinstance(node, ast.FunctionDef) and not (called or _is_called(script, node.name)):
            return None
        if isinstance(node, ast.If):
            found.append(node.test)
        nodes = list(ast.iter_child_nodes(node))
    return found


def _is_before_body(node: ast.AST, line: int) -> bool:
    """Say whether a line is of what a loop goes through, or of the one thing that is entered."""
    entered = isinstance(node, ast.With) and len(node.items) == 1
    return isinstance(node, ast.For | ast.With) and (
        line < node.body[0].lineno and (entered or isinstance(node, ast.For))
    )


def _is_called(script: list[ast.stmt], function: str) -> bool:
    """Say whether a script calls a function whatever happens."""
    calls = (one.value for one in script if isinstance(one, ast.Expr))
    return any(isinstance(one, ast.Call) and ast.unparse(one.func) == function for one in calls)


def inputs_of(node: ast.AST) -> Iterator[str]:
    """Yield what the value of an expression depends on: names and calls, as they are written."""
    parts: Iterable[ast.AST] = ast.iter_child_nodes(node)
    match node:
        case ast.Call(ast.Attribute(value, "startswith" | "endswith" | "lower"), args, []):
            parts = (value, *args)
        case ast.Attribute(value, "major" | "minor" | "micro"):
            parts = (value,)
        case ast.Name() | ast.Attribute() | ast.Call():
            yield ast.unparse(node)
            return
    for part in parts:
        yield from inputs_of(part)


def _has_line(node: ast.AST, line: int) -> bool:
    return isinstance(node, ast.stmt) and node.lineno <= line <= (node.end_lineno or 0)
