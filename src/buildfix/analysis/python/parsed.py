"""The scripts of a tree as syntax, parsed once though they are followed many times."""

from __future__ import annotations

import ast
import warnings
from collections.abc import Iterator
from dataclasses import dataclass, field

from buildfix.analysis.archive import SourceTree


@dataclass
class Parsed:
    """What has been parsed of one tree."""

    tree: SourceTree
    _bodies: dict[str, list[ast.stmt] | None] = field(default_factory=dict)
    _generators: dict[int, bool] = field(default_factory=dict)

    def body(self, file: str) -> list[ast.stmt] | None:
        """Return a file's statements, None where it is not Python."""
        if file not in self._bodies:
            self._bodies[file] = parse(self.tree.text(file) or "")
        return self._bodies[file]

    def is_generator(self, node: ast.AST) -> bool:
        """Say whether a function yields."""
        if id(node) not in self._generators:
            self._generators[id(node)] = any(
                isinstance(one, ast.Yield | ast.YieldFrom) for one in _own_nodes(node)
            )
        return self._generators[id(node)]


def parse(text: str) -> list[ast.stmt] | None:
    """Return a script's statements, None where it is none."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # a stranger's escape sequences are his own affair
            return ast.parse(text).body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def imported_always(statements: list[ast.stmt]) -> Iterator[tuple[str, int]]:
    """Yield the top packages that are imported whatever happens, with the line that does."""
    for statement in statements:
        if isinstance(statement, ast.Import):
            yield from ((one.name.partition(".")[0], statement.lineno) for one in statement.names)
        elif isinstance(statement, ast.ImportFrom) and statement.module and not statement.level:
            yield statement.module.partition(".")[0], statement.lineno


def _own_nodes(function: ast.AST) -> Iterator[ast.AST]:
    """Yield the nodes of a function's body without those of functions within it."""
    pending = list(ast.iter_child_nodes(function))
    while pending:
        node = pending.pop()
        yield node
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda | ast.ClassDef):
            pending.extend(ast.iter_child_nodes(node))
