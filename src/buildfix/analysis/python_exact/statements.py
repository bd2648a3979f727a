"""Executing a script's statements exactly; a branch in doubt spoils what it touches."""

from __future__ import annotations

import ast
from collections.abc import Callable
from typing import Any

from buildfix.analysis.python_exact.expressions import Evaluator
from buildfix.analysis.python_exact.values import (
    ALIAS,
    Blocked,
    Extension,
    Items,
    NotShown,
    Pairs,
    Routine,
    Scope,
    elements,
    truth,
)
from buildfix.analysis.symbolic_run import Broke, Continued, Left, Returned
from buildfix.analysis.symbolic_values import Call, External, Unknown, Value

_FLAGS = frozenset({"CFLAGS", "CXXFLAGS", "CPPFLAGS", "LDFLAGS", "MACOSX_DEPLOYMENT_TARGET"})
"""Variables that a script may set: compilers heed them, and they move no object file."""
_IDLE = (ast.FunctionDef, ast.Pass, ast.Expr, ast.Assign, ast.AnnAssign)


class Executor(Evaluator):
    """Executes statements; raises NotShown at the first one whose effect is not known."""

    def execute(self, body: list[ast.stmt]) -> None:
        """Execute statements; raises NotShown, Returned, Broke, Continued, Left."""
        for node in body:
            self.step()
            executor = _EXECUTORS.get(type(node))
            if executor is None:
                raise NotShown(f"{type(node).__name__} in line {node.lineno}")
            executor(self, node)

    def spoil(self, *bodies: list[ast.stmt]) -> None:
        """Execute bodies of which some are executed; what they assign is unknown afterwards."""
        run = [lambda body=body: self.execute(body) for body in bodies]
        self.either(self.scope.variables, lambda: None, *run)

    def run_routine(self, routine: Routine, call: Call[Any]) -> Value:
        """Return what a function of the script returns; raises NotShown."""
        variables = _bound(routine, call)
        outer, floor, depth = self.scope, self.floor, self.depth
        self.scope, self.floor, self.depth = Scope(variables, routine.scope), self.doubt, depth + 1
        if self.depth > 8:
            raise NotShown("functions that call each other too deeply")
        try:
            self.execute(routine.node.body)
        except Returned as left:
            return left.value
        finally:
            self.scope, self.floor, self.depth = outer, floor, depth
        return None

    def assign(self, target: ast.expr, value: Value) -> None:
        """Bind a target of an assignment; raises NotShown."""
        if isinstance(target, ast.Name):
            self.scope.variables[target.id] = value
        elif isinstance(target, ast.Tuple | ast.List):
            values = elements(value)
            if len(values) != len(target.elts):
                raise NotShown("an assignment to several names")
            for one, part in zip(target.elts, values, strict=True):
                self.assign(one, part)
        elif isinstance(target, ast.Subscript):
            self._assign_item(self.evaluate(target.value), self.evaluate(target.slice), value)
        elif isinstance(target, ast.Attribute):
            self._assign_attribute(self.evaluate(target.value), target.attr, value)
        else:
            raise NotShown("an assignment")

    def _assign_item(self, owner: Value, key: Value, value: Value) -> None:
        if isinstance(owner, Pairs) and isinstance(key, str):
            owner.values[key] = value
            owner.exact = owner.exact and not self.doubt
        elif not (owner == External("os.environ") and key in _FLAGS):
            raise NotShown("an assignment to an item")

    def _assign_attribute(self, owner: Value, name: str, value: Value) -> None:
        if not isinstance(owner, Extension):
            raise NotShown(f"an assignment to the attribute {name}")
        held = self.sources_of(value) if name == "sources" else value
        owner.fields[name] = ALIAS if self.doubt else held


def _bound(routine: Routine, call: Call[Any]) -> dict[str, Value]:
    given = routine.node.args
    if given.vararg or given.kwarg or given.kwonlyargs or given.posonlyargs:
        raise NotShown(f"the parameters of {routine.node.name}()")
    names = [one.arg for one in given.args]
    defaults = dict(zip(reversed(names), reversed(routine.defaults), strict=False))
    variables = {**defaults, **dict(zip(names, call.args, strict=False)), **call.named}
    if len(call.args) > len(names) or set(variables) != set(names):
        raise NotShown(f"the arguments of {routine.node.name}()")
    return variables


def _expression(run: Executor, node: ast.Expr) -> None:
    run.evaluate(node.value)


def _assignment(run: Executor, node: ast.Assign) -> None:
    value = run.evaluate(node.value)
    for target in node.targets:
        run.assign(target, value)


def _annotated(run: Executor, node: ast.AnnAssign) -> None:
    if node.value is not None:
        run.assign(node.target, run.evaluate(node.value))


def _augmented(run: Executor, node: ast.AugAssign) -> None:
    owner = run.evaluate(node.target)
    if owner == ALIAS or not isinstance(owner, Unknown | Items | str | int | tuple):
        raise NotShown("a change of something unknown")
    value = run.evaluate(node.value)
    if isinstance(owner, Items):
        if not isinstance(node.op, ast.Add):
            raise NotShown("an operation on a list")
        run.extend(owner, value)
        if isinstance(node.target, ast.Name):
            run.assign(node.target, owner)
    else:
        run.assign(node.target, run.operate(node.op, owner, value))


def _if(run: Executor, node: ast.If) -> None:
    known = truth(run.evaluate(node.test))
    if known is None:
        run.spoil(node.body, node.orelse)
    else:
        run.execute(node.body if known else node.orelse)


def _for(run: Executor, node: ast.For) -> None:
    floor, run.floor = run.floor, run.doubt
    iterated = run.evaluate(node.iter)
    try:
        for item in (items := elements(iterated)):
            run.assign(node.target, item)
            try:
                run.execute(node.body)
            except Continued:
                continue
    except Broke:
        return
    finally:
        run.floor = floor
        if len(elements(iterated)) != len(items):
            raise NotShown("a loop over something that changes meanwhile")
    run.execute(node.orelse)


def _with(run: Executor, node: ast.With) -> None:
    for item in node.items:
        value = run.evaluate(item.context_expr)
        if not isinstance(value, Unknown):
            raise NotShown("a with statement")
        if item.optional_vars is not None:
            run.assign(item.optional_vars, value)
    run.execute(node.body)


def _try(run: Executor, node: ast.Try) -> None:
    """Execute what is known to succeed; all else of it is in doubt."""
    if all(isinstance(one, ast.Import | ast.ImportFrom) for one in node.body):
        run.execute(node.body)
        run.execute(node.orelse)
    else:
        handlers = [handler.body for handler in node.handlers]
        run.spoil([*node.body, *node.orelse], *handlers)
    run.execute(node.finalbody)


def _raise(run: Executor, node: ast.Raise) -> None:
    if not run.doubt:
        raise NotShown(f"an error raised in line {node.lineno}")
    raise Left


def _assert(_run: Executor, _node: ast.Assert) -> None:
    """Where it fails, nothing is built."""


def _return(run: Executor, node: ast.Return) -> None:
    value = run.evaluate(node.value) if node.value else None
    _check_certain(run, node)
    raise Returned(value)


def _break(run: Executor, node: ast.Break) -> None:
    _check_certain(run, node)
    raise Broke


def _continue(run: Executor, node: ast.Continue) -> None:
    _check_certain(run, node)
    raise Continued


def _check_certain(run: Executor, node: ast.stmt) -> None:
    if run.doubt > run.floor:
        raise NotShown(f"what decides about line {node.lineno}")


def _function(run: Executor, node: ast.FunctionDef) -> None:
    if node.decorator_list:
        raise NotShown(f"the decorator of {node.name}")
    defaults = tuple(map(run.evaluate, node.args.defaults))
    run.scope.variables[node.name] = Routine(node, run.scope, defaults)


def _class(run: Executor, node: ast.ClassDef) -> None:
    """Take note of a class whose definition does nothing but define."""
    bases = all(isinstance(base, ast.Name | ast.Attribute) for base in node.bases)
    plain = bases and not node.decorator_list and not node.keywords
    if not plain or not all(map(_only_defines, node.body)):
        raise NotShown(f"the class {node.name}")
    run.scope.variables[node.name] = Blocked(node.name)


def _only_defines(node: ast.stmt) -> bool:
    value = getattr(node, "value", None)
    calls = value is not None and any(isinstance(part, ast.Call) for part in ast.walk(value))
    return isinstance(node, _IDLE) and not calls and not getattr(node, "decorator_list", ())


def _import(run: Executor, node: ast.Import) -> None:
    for alias in node.names:
        run.check_import(alias.name)
        top = alias.name.partition(".")[0]
        run.scope.variables[alias.asname or top] = External(alias.name if alias.asname else top)


def _import_from(run: Executor, node: ast.ImportFrom) -> None:
    if node.level or node.module is None:
        raise NotShown("a module of the project itself")
    if node.module == "__future__":
        return
    for alias in node.names:
        run.check_import(f"{node.module}.{alias.name}")
        run.scope.variables[alias.asname or alias.name] = run.attribute(
            External(node.module), alias.name
        )


def _pass(_run: Executor, _node: ast.stmt) -> None:
    """Do nothing."""


_EXECUTORS: dict[type[ast.stmt], Callable[..., None]] = {
    ast.Expr: _expression,
    ast.Assign: _assignment,
    ast.AnnAssign: _annotated,
    ast.AugAssign: _augmented,
    ast.If: _if,
    ast.For: _for,
    ast.With: _with,
    ast.Try: _try,
    ast.Raise: _raise,
    ast.Assert: _assert,
    ast.Return: _return,
    ast.Break: _break,
    ast.Continue: _continue,
    ast.FunctionDef: _function,
    ast.ClassDef: _class,
    ast.Import: _import,
    ast.ImportFrom: _import_from,
    ast.Pass: _pass,
}
