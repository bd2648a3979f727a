"""Evaluating a script's expressions exactly."""

from __future__ import annotations

import ast
import operator
import re
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from typing import Any

from buildfix.analysis.archive import SourceTree
from buildfix.analysis.python.operators import COMPARISONS, MAX_SIZE
from buildfix.analysis.python.standard_library import constants
from buildfix.analysis.python_exact.values import (
    ALIAS,
    OPAQUE,
    Extension,
    Items,
    NotShown,
    Pairs,
    Scope,
    elements,
    is_exact,
    plain,
    truth,
)
from buildfix.analysis.symbolic_run import Follower
from buildfix.analysis.symbolic_values import Call, External, Method, Unknown, Value
from buildfix.catalog.parallel import SideBySide
from buildfix.platforms.surroundings import Surroundings

MAX_STEPS = 20_000
WIDE = re.compile(r"\d{4}")
"""In a format: a width that makes a text of any length."""


@dataclass(frozen=True)
class Place:
    """Where a script runs, and what is known of what it may use there."""

    tree: SourceTree
    surroundings: Surroundings
    known: SideBySide
    importable: Collection[str]
    """Modules that are surely there and change nothing when they are imported."""
    scope: Scope


_CONSTANTS = ("sys.platform", "os.name", "os.sep", "os.path.sep")


class Evaluator(Follower[Value]):
    """Evaluates expressions; the statements and the calls are in the classes built on it."""

    unknown = ALIAS

    def __init__(self, place: Place, on_setup: Callable[[dict[str, Value]], None]):
        """Evaluate at a place; `on_setup` looks at each call of setup(), which builds."""
        super().__init__(MAX_STEPS)
        self.tree = place.tree
        self.surroundings = place.surroundings
        self.known = place.known
        self.importable = place.importable
        self.scope = place.scope
        self.on_setup = on_setup
        self.floor = 0
        """How many branches in doubt lie around the function or loop that it is in."""
        self.depth = 0
        self.setups = 0
        """How often setup() was called."""
        self.generated = False
        """Whether files have been made that the tree does not show."""
        constant = constants(place.surroundings)
        self.facts: dict[str, Value] = {
            "sys.version_info": place.surroundings.version_info,
            "sys.argv": OPAQUE,
            **{name: constant[name] for name in _CONSTANTS},
        }

    def join(self, one: Value, other: Value) -> Value:
        """Return a value that is the same in all branches, else one that is not known."""
        return one if one is other else ALIAS

    def check_import(self, name: str) -> None:
        """Refuse an import whose effect is not known."""
        raise NotImplementedError

    def execute(self, body: list[ast.stmt]) -> None:
        """Execute statements."""
        raise NotImplementedError

    def assign(self, target: ast.expr, value: Value) -> None:
        """Bind a target."""
        raise NotImplementedError

    def call(self, function: Value, call: Call[Any]) -> Value:
        """Return what a call returns."""
        raise NotImplementedError

    def evaluate(self, node: ast.expr) -> Value:
        """Return an expression's value; raises NotShown where its effect is not known."""
        self.step()
        evaluator = _EVALUATORS.get(type(node))
        if evaluator is None:
            raise NotShown(f"{type(node).__name__} in line {node.lineno}")
        return evaluator(self, node)

    def extend(self, owner: Items, value: Value) -> None:
        """Add elements to a list in place."""
        more = value if isinstance(value, Items | tuple) else None
        known = more is not None and (not isinstance(more, Items) or more.exact)
        self.change(owner, known=known)
        if more is not None:
            owner.values.extend(more.values if isinstance(more, Items) else more)

    def change(self, owner: Items | Pairs, *, known: bool = True) -> None:
        """Note that a list is about to change; raises NotShown where an extension has it."""
        if isinstance(owner, Items) and owner.given:
            raise NotShown("sources that change once an extension has them")
        if self.doubt or not known:
            owner.exact = False

    def sources_of(self, value: Value) -> Value:
        """Return the list that an extension has for its sources."""
        if not isinstance(value, Items | tuple):
            return value
        if isinstance(value, Items):
            value.given = True
            return Items(list(value.values), value.exact)
        return Items(list(value))

    def attribute(self, owner: Value, name: str) -> Value:
        """Return an attribute; raises NotShown."""
        if isinstance(owner, External):
            full = f"{owner.name}.{name}"
            return self.facts.get(full, External(full))
        if isinstance(owner, Extension):
            return owner.fields.setdefault(name, Items()) if name != "name" else owner.fields[name]
        if isinstance(owner, Unknown | str | Items | Pairs):
            return Method(owner, name)
        if isinstance(owner, Method) and isinstance(owner.owner, Unknown):
            return Method(owner.owner, name)
        raise NotShown(f"the attribute {name}")

    def operate(self, operation: ast.operator, one: Value, other: Value) -> Value:
        """Return what a binary operation gives."""
        if isinstance(operation, ast.Add) and isinstance(one, Items) and isinstance(other, Items):
            return Items([*one.values, *other.values], one.exact and other.exact)
        if not (is_exact(one) and is_exact(other)):
            return ALIAS if isinstance(one, Items) or isinstance(other, Items) else OPAQUE
        known = _OPERATIONS.get(type(operation))
        return known(one, other) if known else OPAQUE


def _added(one: Value, other: Value) -> Value:
    kinds = (str, tuple, int)
    if not any(isinstance(one, kind) and isinstance(other, kind) for kind in kinds):
        return OPAQUE
    long = not isinstance(one, int) and len(one) + len(other) > MAX_SIZE
    return OPAQUE if long else operator.add(one, other)


def _formatted(one: Value, other: Value) -> Value:
    return one % plain(other) if isinstance(one, str) and not WIDE.search(one) else OPAQUE


def _subtracted(one: Value, other: Value) -> Value:
    return one - other if isinstance(one, int) and isinstance(other, int) else OPAQUE


_OPERATIONS: dict[type[ast.operator], Callable[[Value, Value], Value]] = {
    ast.Add: _added,
    ast.Mod: _formatted,
    ast.Sub: _subtracted,
}


def _constant(_run: Evaluator, node: ast.Constant) -> Value:
    return node.value if isinstance(node.value, str | int | type(None)) else OPAQUE


def _call(run: Evaluator, node: ast.Call) -> Value:
    function = run.evaluate(node.func)
    args = list(_listed(run, node.args))
    named: dict[str, Value] = {}
    for one in node.keywords:
        value = run.evaluate(one.value)
        if one.arg is not None:
            named[one.arg] = value
        elif isinstance(value, Pairs) and value.exact:
            named.update(value.values)
        else:
            raise NotShown("arguments that are not known")
    return run.call(function, Call(run, args, named))


def _listed(run: Evaluator, nodes: list[ast.expr]) -> Iterator[Value]:
    for node in nodes:
        if isinstance(node, ast.Starred):
            yield from elements(run.evaluate(node.value))
        else:
            yield run.evaluate(node)


def _dict(run: Evaluator, node: ast.Dict) -> Value:
    made = Pairs()
    for key, value in zip(node.keys, node.values, strict=True):
        name = run.evaluate(key) if key is not None else None
        held = run.evaluate(value)
        if name is None and isinstance(held, Pairs) and held.exact:
            made.values.update(held.values)
        elif isinstance(name, str):
            made.values[name] = held
        else:
            made.exact = False
    return made


def _binary(run: Evaluator, node: ast.BinOp) -> Value:
    return run.operate(node.op, run.evaluate(node.left), run.evaluate(node.right))


def _joined(run: Evaluator, node: ast.JoinedStr) -> Value:
    parts = []
    for one in node.values:
        if isinstance(one, ast.FormattedValue):
            value = run.evaluate(one.value)
            plainly = one.conversion == -1 and one.format_spec is None
            parts.append(str(value) if plainly and isinstance(value, str | int) else None)
        else:
            parts.append(str(run.evaluate(one)))
    known = [part for part in parts if part is not None]
    return "".join(known) if len(known) == len(parts) else OPAQUE


def _compare(run: Evaluator, node: ast.Compare) -> Value:
    one = run.evaluate(node.left)
    outcome: Value = True
    for operation, right in zip(node.ops, node.comparators, strict=True):
        other = run.evaluate(right)
        found = _compared(operation, one, other)
        if found is False:
            return False
        outcome = outcome if found else OPAQUE
        one = other
    return outcome


def _compared(operation: ast.cmpop, one: Value, other: Value) -> bool | None:
    if not is_exact(one):
        return None
    if isinstance(operation, ast.In | ast.NotIn):
        within = [*other.values] if isinstance(other, Pairs) and other.exact else other
        if not (isinstance(within, list) or is_exact(within)):
            return None
        return (one in plain(within)) is isinstance(operation, ast.In)
    if not is_exact(other) or (isinstance(operation, ast.Is | ast.IsNot) and other is not None):
        return None
    return bool(COMPARISONS[type(operation)](plain(one), plain(other)))


def _boolean(run: Evaluator, node: ast.BoolOp) -> Value:
    """Return the first operand that decides; one after an unknown one may not be evaluated."""
    ends = isinstance(node.op, ast.Or)
    value: Value = None
    for number, one in enumerate(node.values):
        value = run.evaluate(one)
        known = truth(value)
        if known is None:
            _evaluate_in_doubt(run, node.values[number + 1 :])
            return ALIAS
        if known is ends:
            return value
    return value


def _evaluate_in_doubt(run: Evaluator, nodes: list[ast.expr]) -> None:
    for node in nodes:
        run.in_doubt(lambda node=node: run.evaluate(node))  # type: ignore[misc]


def _unary(run: Evaluator, node: ast.UnaryOp) -> Value:
    value = run.evaluate(node.operand)
    if isinstance(node.op, ast.Not):
        known = truth(value)
        return OPAQUE if known is None else not known
    return -value if isinstance(node.op, ast.USub) and isinstance(value, int) else OPAQUE


def _conditional(run: Evaluator, node: ast.IfExp) -> Value:
    known = truth(run.evaluate(node.test))
    if known is None:
        _evaluate_in_doubt(run, [node.body, node.orelse])
        return ALIAS
    return run.evaluate(node.body if known else node.orelse)


def _subscript(run: Evaluator, node: ast.Subscript) -> Value:
    owner = run.evaluate(node.value)
    if isinstance(node.slice, ast.Slice):
        return _sliced(run, owner, node.slice)
    key = run.evaluate(node.slice)
    if isinstance(owner, Unknown | External):
        return ALIAS
    values = owner.values if isinstance(owner, Items | Pairs) else owner
    exact = not isinstance(owner, Items | Pairs) or owner.exact
    if not exact or not isinstance(key, str | int):
        return ALIAS
    if isinstance(values, list | tuple | str | dict):
        return values[key]  # type: ignore[index]
    raise NotShown("an item of something")


def _sliced(run: Evaluator, owner: Value, node: ast.Slice) -> Value:
    bounds = [run.evaluate(one) if one else None for one in (node.lower, node.upper, node.step)]
    if not all(bound is None or isinstance(bound, int) for bound in bounds):
        return ALIAS
    if isinstance(owner, Items):
        return Items(owner.values[slice(*bounds)]) if owner.exact else ALIAS
    return owner[slice(*bounds)] if isinstance(owner, str | tuple) else ALIAS


def _comprehended(run: Evaluator, node: ast.ListComp | ast.GeneratorExp) -> Value:
    outer, run.scope = run.scope, Scope({}, run.scope)
    try:
        return Items(list(_rounds(run, node.elt, node.generators)))
    finally:
        run.scope = outer


def _rounds(run: Evaluator, made: ast.expr, parts: list[ast.comprehension]) -> Iterator[Value]:
    if not parts:
        yield run.evaluate(made)
        return
    for item in elements(run.evaluate(parts[0].iter)):
        run.assign(parts[0].target, item)
        known = [truth(run.evaluate(test)) for test in parts[0].ifs]
        if None in known:
            raise NotShown("what decides about an element")
        if all(known):
            yield from _rounds(run, made, parts[1:])


_EVALUATORS: dict[type[ast.expr], Callable[..., Value]] = {
    ast.Name: lambda run, node: run.scope.find(node.id),
    ast.Constant: _constant,
    ast.Attribute: lambda run, node: run.attribute(run.evaluate(node.value), node.attr),
    ast.Call: _call,
    ast.List: lambda run, node: Items(list(_listed(run, node.elts))),
    ast.Tuple: lambda run, node: tuple(_listed(run, node.elts)),
    ast.Dict: _dict,
    ast.BinOp: _binary,
    ast.JoinedStr: _joined,
    ast.Compare: _compare,
    ast.BoolOp: _boolean,
    ast.UnaryOp: _unary,
    ast.IfExp: _conditional,
    ast.Subscript: _subscript,
    ast.ListComp: _comprehended,
    ast.GeneratorExp: _comprehended,
}
