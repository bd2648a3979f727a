"""Executing a script's statements, both branches where a condition is unknown."""

from __future__ import annotations

import ast
from collections.abc import Callable

from buildfix.analysis.python.binding import bind
from buildfix.analysis.python.exceptions import catches
from buildfix.analysis.python.expressions import iterated
from buildfix.analysis.python.operators import items_of, operate
from buildfix.analysis.python.values import (
    Call,
    Frame,
    Function,
    Instance,
    Machine,
    Module,
    Raised,
    UserClass,
)
from buildfix.analysis.symbolic_run import Broke, Continued, Returned
from buildfix.analysis.symbolic_values import (
    UNKNOWN,
    External,
    Unknown,
    Value,
    doubtful,
    join,
    truth,
)

MAX_ROUNDS = 1000


def execute(machine: Machine, node: ast.stmt, frame: Frame) -> None:
    """Execute one statement; leaves by an exception as the script's control flow does."""
    executor = _EXECUTORS.get(type(node))
    if executor:
        executor(machine, node, frame)


def _expression(machine: Machine, node: ast.Expr, frame: Frame) -> None:
    machine.evaluate(node.value, frame)


def _assign(machine: Machine, node: ast.Assign, frame: Frame) -> None:
    value = machine.evaluate(node.value, frame)
    for target in node.targets:
        bind(machine, target, value, frame)


def _annotated(machine: Machine, node: ast.AnnAssign, frame: Frame) -> None:
    if node.value is not None:
        bind(machine, node.target, machine.evaluate(node.value, frame), frame)


def _augmented(machine: Machine, node: ast.AugAssign, frame: Frame) -> None:
    value = machine.evaluate(node.value, frame)
    owner = machine.evaluate(node.target, frame)
    if isinstance(owner, list) and isinstance(node.op, ast.Add):
        items = items_of(value)
        owner.extend(map(doubtful, items) if machine.doubt else items)
        return
    bind(machine, node.target, operate(type(node.op), owner, value), frame)


def _delete(machine: Machine, node: ast.Delete, frame: Frame) -> None:
    for target in node.targets:
        if isinstance(target, ast.Subscript):
            owner = machine.evaluate(target.value, frame)
            key = machine.evaluate(target.slice, frame)
            try:
                if isinstance(owner, list | dict) and not isinstance(key, Unknown):
                    del owner[key]
            except (KeyError, IndexError, TypeError):
                continue


def _if(machine: Machine, node: ast.If, frame: Frame) -> None:
    known = truth(machine.evaluate(node.test, frame))
    if known is None:
        _either(machine, node.body, node.orelse, frame)
    else:
        machine.execute(node.body if known else node.orelse, frame)


def _either(machine: Machine, one: list[ast.stmt], other: list[ast.stmt], frame: Frame) -> None:
    """Execute both branches of an unknown condition; one that gives up was not taken.

    It goes on where one branch goes on, and returns where both return.
    """
    first, second = machine.either(
        frame.variables, lambda: machine.execute(one, frame), lambda: machine.execute(other, frame)
    )
    _leave(first, second, frame)


def _leave(one: Exception | None, other: Exception | None, frame: Frame) -> None:
    if isinstance(one, Raised) and other is not None:
        raise other
    if isinstance(other, Raised) and one is not None:
        raise one
    if isinstance(one, Returned) and isinstance(other, Returned):
        raise Returned(join(one.value, other.value))
    frame.returned += [left.value for left in (one, other) if isinstance(left, Returned)]


def _for(machine: Machine, node: ast.For, frame: Frame) -> None:
    iterable = machine.evaluate(node.iter, frame)
    items = iterated(machine, iterable)
    unknown = any(isinstance(item, Unknown) for item in items)

    def rounds() -> None:
        for item in items[:MAX_ROUNDS]:
            bind(machine, node.target, item, frame)
            try:
                machine.execute(node.body, frame)
            except Continued:
                continue

    try:
        machine.in_doubt(rounds) if unknown else rounds()
    except Broke:
        return
    if unknown and node.orelse:
        _either(machine, node.orelse, [], frame)
    else:
        machine.execute(node.orelse, frame)


def _while(machine: Machine, node: ast.While, frame: Frame) -> None:
    for _ in range(MAX_ROUNDS):
        known = truth(machine.evaluate(node.test, frame))
        if known is False:
            break
        try:
            if known is None:
                machine.branch(lambda: machine.execute(node.body, frame))
                break
            machine.execute(node.body, frame)
        except Continued:
            continue
        except Broke:
            return
    machine.execute(node.orelse, frame)


def _with(machine: Machine, node: ast.With, frame: Frame) -> None:
    for item in node.items:
        value = machine.evaluate(item.context_expr, frame)
        if item.optional_vars is not None:
            bind(machine, item.optional_vars, value, frame)
    machine.execute(node.body, frame)


def _try(machine: Machine, node: ast.Try, frame: Frame) -> None:
    guards = machine.guards
    caught = [
        machine.evaluate(one.type, frame) if one.type else External("builtins.BaseException")
        for one in node.handlers
    ]
    try:
        machine.guards = [*guards, *caught]
        try:
            machine.execute(node.body, frame)
        finally:
            machine.guards = guards
    except Raised as error:
        _handle(machine, node.handlers, error, frame)
    else:
        machine.execute(node.orelse, frame)
    finally:
        machine.execute(node.finalbody, frame)


def _handle(
    machine: Machine, handlers: list[ast.ExceptHandler], error: Raised, frame: Frame
) -> None:
    for handler in handlers:
        caught = machine.evaluate(handler.type, frame) if handler.type else None
        if handler.type is None or catches(caught, error.cls):
            if handler.name:
                frame.assign(handler.name, UNKNOWN)
            before, frame.handling = frame.handling, error
            try:
                machine.execute(handler.body, frame)
            finally:
                frame.handling = before
            return
    raise error


def _raise(machine: Machine, node: ast.Raise, frame: Frame) -> None:
    where = f"{frame.file}:{node.lineno}"
    if node.exc is None:
        raise frame.handled or Raised("Exception", (), where)
    value = machine.evaluate(node.exc, frame)
    if isinstance(value, Instance):
        machine.give_up(Raised(value.cls, tuple(value.attributes.get("args", ())), where))
    else:
        known = isinstance(value, UserClass | External)
        machine.give_up(Raised(value if known else "Exception", (), where))


def _assert(machine: Machine, node: ast.Assert, frame: Frame) -> None:
    if truth(machine.evaluate(node.test, frame)) is False and catches(
        machine.guards, "AssertionError"
    ):
        raise Raised("AssertionError", (), f"{frame.file}:{node.lineno}")


def _return(machine: Machine, node: ast.Return, frame: Frame) -> None:
    raise Returned(machine.evaluate(node.value, frame) if node.value else None)


def _break(_machine: Machine, _node: ast.Break, _frame: Frame) -> None:
    raise Broke


def _continue(_machine: Machine, _node: ast.Continue, _frame: Frame) -> None:
    raise Continued


def _function(machine: Machine, node: ast.FunctionDef, frame: Frame) -> None:
    kinds = {_decorator(machine, one, frame) for one in node.decorator_list}
    known = kinds & {"staticmethod", "classmethod", "property", "cached_property"}
    kind = min(known, default="")
    function = Function(
        node,
        frame,
        tuple(machine.evaluate(default, frame) for default in node.args.defaults),
        {
            argument.arg: machine.evaluate(default, frame)
            for argument, default in zip(node.args.kwonlyargs, node.args.kw_defaults, strict=True)
            if default is not None
        },
        kind="property" if kind == "cached_property" else kind,
    )
    frame.assign(node.name, function if known else _decorated(machine, function, frame))


def _decorator(machine: Machine, node: ast.expr, frame: Frame) -> str:
    value = machine.evaluate(node, frame) if not isinstance(node, ast.Call) else None
    return value.name.rpartition(".")[2] if isinstance(value, External) else ""


def _decorated(machine: Machine, function: Function, frame: Frame) -> Value:
    """Return what the tree's own decorators make of a function; others leave it as it is."""
    value: Value = function
    nodes = [] if isinstance(function.node, ast.Lambda) else function.node.decorator_list
    for node in reversed(nodes):
        decorator = machine.evaluate(node, frame)
        if isinstance(decorator, Function):
            where = f"{frame.file}:{node.lineno}"
            made = machine.call(decorator, Call(machine, [value], where=where))
            value = made if isinstance(made, Function | UserClass) else value
    return value


def _class(machine: Machine, node: ast.ClassDef, frame: Frame) -> None:
    body = Frame({}, frame.file, frame)
    bases = tuple(machine.evaluate(base, frame) for base in node.bases)
    machine.execute(node.body, body)
    cls = UserClass(node.name, bases, body.variables)
    for member in body.variables.values():
        if isinstance(member, Function) and member.owner is None:
            member.owner = cls
            member.frame = frame
    frame.assign(node.name, cls)


def _global(_machine: Machine, node: ast.Global, frame: Frame) -> None:
    frame.global_names.update(node.names)


def _import(machine: Machine, node: ast.Import, frame: Frame) -> None:
    for alias in node.names:
        module = import_module(machine, alias.name, f"{frame.file}:{node.lineno}")
        if alias.asname:
            frame.assign(alias.asname, module)
        elif isinstance(module, External):
            frame.assign(alias.name.partition(".")[0], External(alias.name.partition(".")[0]))
        else:
            top = alias.name.partition(".")[0]
            frame.assign(top, module if top == alias.name else UNKNOWN)


def _import_from(machine: Machine, node: ast.ImportFrom, frame: Frame) -> None:
    where = f"{frame.file}:{node.lineno}"
    name = node.module or ""
    if node.level:
        folder = frame.file.rpartition("/")[0].split("/")
        folder = folder[: len(folder) - node.level + 1]
        name = ".".join(filter(None, [*folder, name]))
    module = import_module(machine, name, where)
    for alias in node.names:
        if alias.name == "*":
            if isinstance(module, Module):
                frame.variables.update(module.frame.variables)
            continue
        value = _member(machine, module, name, alias.name, where)
        frame.assign(alias.asname or alias.name, value)


def _member(machine: Machine, module: Value, name: str, member: str, where: str) -> Value:
    if isinstance(module, Module):
        if member in module.frame.variables:
            return module.frame.variables[member]
        return import_module(machine, f"{name}.{member}", where)
    return machine.attribute(module, member)


def import_module(machine: Machine, name: str, where: str) -> Value:
    """Return a module, of the tree or from outside; raises Raised where it is not there."""
    found = machine.load(name)
    if found is not None:
        return found
    guarded = catches(machine.guards, "ModuleNotFoundError")
    if guarded and not machine.importable(name.partition(".")[0]):
        raise Raised("ModuleNotFoundError", (name,), where)
    return External(name)


_EXECUTORS: dict[type[ast.stmt], Callable[..., None]] = {
    ast.Expr: _expression,
    ast.Assign: _assign,
    ast.AnnAssign: _annotated,
    ast.AugAssign: _augmented,
    ast.Delete: _delete,
    ast.If: _if,
    ast.For: _for,
    ast.While: _while,
    ast.With: _with,
    ast.Try: _try,
    ast.Raise: _raise,
    ast.Assert: _assert,
    ast.Return: _return,
    ast.Break: _break,
    ast.Continue: _continue,
    ast.FunctionDef: _function,
    ast.AsyncFunctionDef: _function,
    ast.ClassDef: _class,
    ast.Global: _global,
    ast.Import: _import,
    ast.ImportFrom: _import_from,
}
