"""Evaluating a script's expressions over values that may be unknown."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Iterator

from buildfix.analysis.python.binding import bind
from buildfix.analysis.python.operators import (
    MAX_ITEMS,
    MAX_SIZE,
    compare,
    environment,
    has_doubt,
    items_of,
    mishap,
    operate,
)
from buildfix.analysis.python.values import (
    ANY_KEYWORD,
    Bound,
    Call,
    Frame,
    Function,
    Instance,
    Machine,
    UserClass,
)
from buildfix.analysis.symbolic_values import (
    UNKNOWN,
    Doubtful,
    External,
    Unknown,
    Value,
    join,
    truth,
)


def evaluate(machine: Machine, node: ast.expr, frame: Frame) -> Value:
    """Return an expression's value, UNKNOWN where only the build would know it."""
    evaluator = _EVALUATORS.get(type(node))
    return evaluator(machine, node, frame) if evaluator else UNKNOWN


def _name(_machine: Machine, node: ast.Name, frame: Frame) -> Value:
    found = frame.find(node.id)
    return found.variables[node.id] if found else External(f"builtins.{node.id}")


def _attribute(machine: Machine, node: ast.Attribute, frame: Frame) -> Value:
    return machine.attribute(machine.evaluate(node.value, frame), node.attr)


def _subscript(machine: Machine, node: ast.Subscript, frame: Frame) -> Value:
    owner = machine.evaluate(node.value, frame)
    key = machine.evaluate(node.slice, frame)
    if owner == External("os.environ") and isinstance(key, str):
        value = environment(machine, key)
        return mishap(machine, "KeyError") if value is None else value
    if isinstance(owner, Unknown | External) or isinstance(key, Unknown):
        return UNKNOWN
    try:
        return owner[key]
    except (KeyError, IndexError) as error:
        return mishap(machine, type(error).__name__, f"{frame.file}:{node.lineno}")
    except (TypeError, ValueError):
        return UNKNOWN


def _slice(machine: Machine, node: ast.Slice, frame: Frame) -> Value:
    parts = [
        machine.evaluate(part, frame) if part else None
        for part in (node.lower, node.upper, node.step)
    ]
    return UNKNOWN if any(isinstance(part, Unknown) for part in parts) else slice(*parts)


def _call(machine: Machine, node: ast.Call, frame: Frame) -> Value:
    where = f"{frame.file}:{node.lineno}"
    if isinstance(node.func, ast.Name) and node.func.id == "super" and not frame.find("super"):
        return _super(frame)
    function = machine.evaluate(node.func, frame)
    args = list(_items(machine, node.args, frame))
    return machine.call(function, Call(machine, args, _named(machine, node, frame), where))


def _named(machine: Machine, node: ast.Call, frame: Frame) -> dict[str, Value]:
    """Return the keyword arguments of a call, those of `**` among them."""
    named: dict[str, Value] = {}
    for keyword in node.keywords:
        value = machine.evaluate(keyword.value, frame)
        if keyword.arg:
            named[keyword.arg] = value
        elif isinstance(value, dict):
            named.update({key: item for key, item in value.items() if isinstance(key, str)})
        elif isinstance(value, Unknown):
            named[ANY_KEYWORD] = value
    return named


def _super(frame: Frame) -> Value:
    while frame.receiver is None and frame.parent is not None:
        frame = frame.parent
    return frame.receiver or UNKNOWN


def _binary(machine: Machine, node: ast.BinOp, frame: Frame) -> Value:
    left, right = machine.evaluate(node.left, frame), machine.evaluate(node.right, frame)
    return operate(type(node.op), left, right)


def _unary(machine: Machine, node: ast.UnaryOp, frame: Frame) -> Value:
    value = machine.evaluate(node.operand, frame)
    if isinstance(node.op, ast.Not):
        known = truth(value)
        return UNKNOWN if known is None else not known
    if isinstance(value, int | float):
        return -value if isinstance(node.op, ast.USub) else +value
    return UNKNOWN


def _boolean(machine: Machine, node: ast.BoolOp, frame: Frame) -> Value:
    deciding = isinstance(node.op, ast.Or)
    unknown = False
    value: Value = UNKNOWN
    for part in node.values:
        value = (
            machine.in_doubt(lambda part=part: machine.evaluate(part, frame))  # type: ignore[misc]
            if unknown
            else machine.evaluate(part, frame)
        )
        known = truth(value)
        if known is deciding:
            return value
        unknown = unknown or known is None
    return UNKNOWN if unknown else value


def _compare(machine: Machine, node: ast.Compare, frame: Frame) -> Value:
    left = machine.evaluate(node.left, frame)
    for kind, part in zip(node.ops, node.comparators, strict=True):
        right = machine.evaluate(part, frame)
        answer = compare(machine, kind, left, right)
        if truth(answer) is not True:
            return answer
        left = right
    return True


def _conditional(machine: Machine, node: ast.IfExp, frame: Frame) -> Value:
    known = truth(machine.evaluate(node.test, frame))
    if known is None:
        return join(
            machine.in_doubt(lambda: machine.evaluate(node.body, frame)),
            machine.in_doubt(lambda: machine.evaluate(node.orelse, frame)),
        )
    return machine.evaluate(node.body if known else node.orelse, frame)


def _items(machine: Machine, nodes: Iterable[ast.expr], frame: Frame) -> Iterator[Value]:
    for node in nodes:
        if isinstance(node, ast.Starred):
            yield from items_of(machine.evaluate(node.value, frame))
        else:
            yield machine.evaluate(node, frame)


def iterated(machine: Machine, value: Value) -> list[Value]:
    """Return what a loop over a value gets, also where the script's own class says it."""
    if isinstance(value, Instance) and isinstance(value.cls, UserClass):
        method = value.cls.find("__iter__")
        if isinstance(method, Function):
            return items_of(machine.call(Bound(method, value), Call(machine)))
    return items_of(value)


def _yield(machine: Machine, node: ast.Yield | ast.YieldFrom, frame: Frame) -> Value:
    value = machine.evaluate(node.value, frame) if node.value else None
    generator: Frame | None = frame
    while generator is not None and generator.yielded is None:
        generator = generator.parent
    if generator is not None and generator.yielded is not None:
        items = iterated(machine, value) if isinstance(node, ast.YieldFrom) else [value]
        generator.yielded += items[: MAX_ITEMS - len(generator.yielded)]
    return UNKNOWN


def _dict(machine: Machine, node: ast.Dict, frame: Frame) -> Value:
    result: dict[Value, Value] = {}
    for key, part in zip(node.keys, node.values, strict=True):
        value = machine.evaluate(part, frame)
        if key is None:
            result.update(value if isinstance(value, dict) else {})
            continue
        try:
            result[machine.evaluate(key, frame)] = value
        except TypeError:
            continue
    return result


def _joined(machine: Machine, node: ast.JoinedStr, frame: Frame) -> Value:
    parts = [machine.evaluate(part, frame) for part in node.values]
    if any(isinstance(part, Unknown) for part in parts):
        return UNKNOWN
    text = "".join(parts)
    return Doubtful(text) if has_doubt(*parts) else text


def _formatted(machine: Machine, node: ast.FormattedValue, frame: Frame) -> Value:
    value = machine.evaluate(node.value, frame)
    if not isinstance(value, str | int | float) or node.format_spec is not None:
        return UNKNOWN
    if node.conversion == ord("r"):
        return repr(str(value))
    return value if isinstance(value, Doubtful) else str(value)


def _walrus(machine: Machine, node: ast.NamedExpr, frame: Frame) -> Value:
    value = machine.evaluate(node.value, frame)
    frame.assign(node.target.id, value)
    return value


def _comprehension(
    machine: Machine,
    generators: list[ast.comprehension],
    frame: Frame,
    make: Callable[[Frame], None],
) -> None:
    head, *rest = generators
    for item in iterated(machine, machine.evaluate(head.iter, frame)):
        inner = Frame({}, frame.file, frame)
        bind(machine, head.target, item, inner)
        keep = [truth(machine.evaluate(test, inner)) for test in head.ifs]
        if False in keep:
            continue
        if rest:
            _comprehension(machine, rest, inner, make)
        else:
            make(inner)


def _list_comprehension(
    machine: Machine, node: ast.ListComp | ast.SetComp, frame: Frame
) -> list[Value]:
    result: list[Value] = []
    _comprehension(
        machine, node.generators, frame, lambda f: result.append(machine.evaluate(node.elt, f))
    )
    return result[:MAX_SIZE]


def _as_set(items: Iterable[Value]) -> Value:
    try:
        return set(items)
    except TypeError:
        return UNKNOWN


def _dict_comprehension(machine: Machine, node: ast.DictComp, frame: Frame) -> Value:
    result: dict[Value, Value] = {}

    def make(inner: Frame) -> None:
        key = machine.evaluate(node.key, inner)
        if isinstance(key, str | int | tuple):
            result[key] = machine.evaluate(node.value, inner)

    _comprehension(machine, node.generators, frame, make)
    return result


_EVALUATORS: dict[type[ast.expr], Callable[..., Value]] = {
    ast.Constant: lambda _machine, node, _frame: node.value,
    ast.Name: _name,
    ast.Attribute: _attribute,
    ast.Subscript: _subscript,
    ast.Slice: _slice,
    ast.Call: _call,
    ast.BinOp: _binary,
    ast.UnaryOp: _unary,
    ast.BoolOp: _boolean,
    ast.Compare: _compare,
    ast.IfExp: _conditional,
    ast.List: lambda machine, node, frame: list(_items(machine, node.elts, frame)),
    ast.Tuple: lambda machine, node, frame: tuple(_items(machine, node.elts, frame)),
    ast.Set: lambda machine, node, frame: _as_set(_items(machine, node.elts, frame)),
    ast.Dict: _dict,
    ast.JoinedStr: _joined,
    ast.FormattedValue: _formatted,
    ast.Lambda: lambda _machine, node, frame: Function(node, frame),
    ast.NamedExpr: _walrus,
    ast.Yield: _yield,
    ast.YieldFrom: _yield,
    ast.ListComp: _list_comprehension,
    ast.GeneratorExp: _list_comprehension,
    ast.SetComp: lambda *place: _as_set(_list_comprehension(*place)),
    ast.DictComp: _dict_comprehension,
}
