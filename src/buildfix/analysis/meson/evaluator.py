"""Following a build file's statements; both branches where a condition is unknown."""

from __future__ import annotations

import operator
import posixpath
import re
from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache

from buildfix.analysis.meson.build_options import Options
from buildfix.analysis.meson.functions import FUNCTIONS
from buildfix.analysis.meson.methods import call_method
from buildfix.analysis.meson.syntax import MesonSyntaxError, Node, parse
from buildfix.analysis.meson.values import Thing, flatten
from buildfix.analysis.probe_environment import ProbeEnvironment
from buildfix.analysis.survey import Survey
from buildfix.analysis.symbolic_run import Broke, Continued, Seen, SymbolicRun
from buildfix.analysis.symbolic_values import UNKNOWN, Call, Unknown, Value, contains, join, truth

MAX_SIZE = 100_000
MAX_NUMBER = 1 << 62
_CALCULATE: dict[str, Callable[[int, int], int]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": operator.floordiv,
    "%": operator.mod,
}
_COMPARE: dict[str, Callable[[Value, Value], Value]] = {
    "==": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


class Interpreter(SymbolicRun[Value, Seen]):
    """One run of a project's build files in one imagined world."""

    def __init__(self, survey: Survey, world: ProbeEnvironment, steps: int, options: Options):
        """Follow the build files of the survey's tree, with these options."""
        super().__init__(survey, world, steps, Seen())
        self.options: Options = options
        self.variables: dict[str, Value] = {}
        self.root = ""
        self.folder = ""

    def start(self) -> None:
        """Follow the project's meson.build."""
        self.run_folder("")

    def run_folder(self, folder: str) -> None:
        """Follow a folder's meson.build; raises GaveUp where it ends with an error."""
        file = posixpath.join(folder, "meson.build")
        text = self.tree.text(file)
        if text is None:
            return
        before, self.folder = self.folder, folder
        try:
            self._block(_parsed(text))
        except (MesonSyntaxError, RecursionError):
            pass
        finally:
            self.folder = before

    def run_subproject(
        self, name: str, folder: str, settings: Iterable[Value] = ()
    ) -> dict[str, Value]:
        """Follow another project of the tree, with options `name=value`; return its variables."""
        saved = (self.variables, self.root, self.options)
        self.variables, self.root = {}, folder
        self.options = self.options.of_subproject(self.tree, name, folder, settings)
        try:
            self.run_folder(folder)
            return self.variables
        finally:
            self.variables, self.root, self.options = saved

    def inside(self, path: str) -> str:
        """Return a path that the file that is followed names, as the tree has it."""
        return posixpath.normpath(posixpath.join(self.folder, path))

    def _block(self, body: tuple[Node, ...]) -> None:
        for node in body:
            self.step()
            self._statement(node)

    def _statement(self, node: Node) -> None:
        if node.kind == "statement":
            self.evaluate(node.parts[0])
        elif node.kind == "assign":
            self.variables[node.value] = self.evaluate(node.parts[0])
        elif node.kind == "add":
            self._add(node)
        elif node.kind == "if":
            self._if(list(node.parts), node.value)
        elif node.kind == "foreach":
            self._foreach(node)
        else:
            raise Broke if node.kind == "break" else Continued

    def _add(self, node: Node) -> None:
        left = self.variables.get(node.value, UNKNOWN)
        self.variables[node.value] = _binary("+", left, self.evaluate(node.parts[0]))

    def _if(self, branches: list[tuple[Node, tuple[Node, ...]]], other: tuple[Node, ...]) -> None:
        if not branches:
            self._block(other)
            return
        condition, body = branches[0]
        known = truth(self.evaluate(condition))
        if known is True:
            self._block(body)
        elif known is False:
            self._if(branches[1:], other)
        else:
            self.either(
                self.variables, lambda: self._block(body), lambda: self._if(branches[1:], other)
            )

    def _foreach(self, node: Node) -> None:
        items, body = node.parts
        value = self.evaluate(items)
        pairs = (
            list(value.items())
            if isinstance(value, dict)
            else value
            if isinstance(value, list)
            else []
        )
        for item in pairs[:1000]:
            values = item if isinstance(item, tuple) else (item,)
            self.variables.update(zip(node.value, values, strict=False))
            try:
                self._block(body)
            except Continued:
                continue
            except Broke:
                return

    def evaluate(self, node: Node) -> Value:
        """Return an expression's value."""
        self.step()
        return _EVALUATORS[node.kind](self, node)

    def variable(self, name: str) -> Value:
        """Return the value of a name."""
        if name in ("meson", "host_machine", "build_machine", "target_machine"):
            return Thing(name)
        return self.variables.get(name, UNKNOWN)

    def filled(self, text: str) -> Value:
        """Return a format string with its variables put in."""
        unknown = False

        def fill(match: re.Match[str]) -> str:
            nonlocal unknown
            value = self.variables.get(match[1], UNKNOWN)
            unknown = unknown or not isinstance(value, str | int)
            return str(value)

        filled = re.sub(r"@(\w+)@", fill, text)
        return UNKNOWN if unknown else filled

    def call(self, node: Node) -> Value:
        """Return what a call of a function or method returns."""
        owner, arg_nodes, named_nodes = node.parts
        receiver = self.evaluate(owner) if owner is not None else None
        args = [self.evaluate(one) for one in arg_nodes]
        named: dict[str, Value] = {}
        for key, one in named_nodes:
            value = self.evaluate(one)
            if key.value == "kwargs" and isinstance(value, dict):
                named.update(value)
            else:
                named[str(key.value)] = value
        where = f"{posixpath.join(self.folder, 'meson.build')}:{node.line}"
        call = Call(self, args, named, where, receiver, node.value)
        if owner is not None:
            return call_method(call)
        function = FUNCTIONS.get(node.value)
        return function(call) if function else UNKNOWN


@lru_cache(maxsize=512)
def _parsed(text: str) -> tuple[Node, ...]:
    return parse(text)


def _evaluate_dict(machine: Interpreter, node: Node) -> Value:
    pairs = [(machine.evaluate(key), machine.evaluate(value)) for key, value in node.parts]
    return {key: value for key, value in pairs if isinstance(key, str)}


def _evaluate_ternary(machine: Interpreter, node: Node) -> Value:
    condition, one, other = node.parts
    known = truth(machine.evaluate(condition))
    if known is None:
        return join(machine.evaluate(one), machine.evaluate(other))
    return machine.evaluate(one if known else other)


def _evaluate_logic(machine: Interpreter, node: Node) -> Value:
    deciding = node.kind == "or"
    left = truth(machine.evaluate(node.parts[0]))
    if left is deciding:
        return deciding
    right = truth(machine.evaluate(node.parts[1]))
    if right is deciding:
        return deciding
    return UNKNOWN if left is None or right is None else not deciding


def _evaluate_not(machine: Interpreter, node: Node) -> Value:
    known = truth(machine.evaluate(node.parts[0]))
    return UNKNOWN if known is None else not known


def _evaluate_negative(machine: Interpreter, node: Node) -> Value:
    value = machine.evaluate(node.parts[0])
    return -value if isinstance(value, int) else UNKNOWN


def _evaluate_compare(machine: Interpreter, node: Node) -> Value:
    left, right = (machine.evaluate(part) for part in node.parts)
    if isinstance(left, Unknown | Thing) or isinstance(right, Unknown | Thing):
        return UNKNOWN
    if node.value in ("in", "not in"):
        found = _contains(right, left)
        return found if isinstance(found, Unknown) else found is (node.value == "in")
    try:
        return bool(_COMPARE[node.value](left, right))
    except TypeError:
        return UNKNOWN


def _contains(container: Value, item: Value) -> Value:
    if isinstance(container, str):
        return item in container if isinstance(item, str) else UNKNOWN
    if not isinstance(container, list | dict):
        return UNKNOWN
    return contains(container, item)


def _evaluate_binary(machine: Interpreter, node: Node) -> Value:
    return _binary(node.value, machine.evaluate(node.parts[0]), machine.evaluate(node.parts[1]))


def _binary(word: str, left: Value, right: Value) -> Value:
    if isinstance(left, int) and isinstance(right, int):
        return _calculated(word, left, right)
    if word == "/" and isinstance(left, str) and isinstance(right, str):
        return posixpath.join(left, right)
    return _added(left, right) if word == "+" else UNKNOWN


def _added(left: Value, right: Value) -> Value:
    if isinstance(left, list):
        return [*left, *flatten(right)][:MAX_SIZE]
    if isinstance(left, dict) and isinstance(right, dict):
        return {**left, **right}
    both = isinstance(left, str) and isinstance(right, str)
    return left + right if both and len(left) + len(right) < MAX_SIZE else UNKNOWN


def _calculated(word: str, left: int, right: int) -> Value:
    if max(abs(left), abs(right)) >= MAX_NUMBER or (word in "/%" and right == 0):
        return UNKNOWN
    return _CALCULATE[word](left, right)


def _evaluate_index(machine: Interpreter, node: Node) -> Value:
    owner, key = (machine.evaluate(part) for part in node.parts)
    if isinstance(owner, list | dict | str) and not isinstance(key, Unknown):
        try:
            return owner[key]
        except (KeyError, IndexError, TypeError):
            return UNKNOWN
    return UNKNOWN


_EVALUATORS: Mapping[str, Callable[[Interpreter, Node], Value]] = {
    "constant": lambda _machine, node: node.value,
    "name": lambda machine, node: machine.variable(node.value),
    "format": lambda machine, node: machine.filled(node.value),
    "call": lambda machine, node: machine.call(node),
    "list": lambda machine, node: flatten([machine.evaluate(part) for part in node.parts]),
    "dict": _evaluate_dict,
    "ternary": _evaluate_ternary,
    "or": _evaluate_logic,
    "and": _evaluate_logic,
    "not": _evaluate_not,
    "negative": _evaluate_negative,
    "compare": _evaluate_compare,
    "binary": _evaluate_binary,
    "index": _evaluate_index,
}
