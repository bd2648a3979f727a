"""The values of a followed script beside Python's own, and the ways its control flow leaves."""

from __future__ import annotations

import ast
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Protocol

from buildfix.analysis.archive import SourceTree
from buildfix.analysis.facts import Facts
from buildfix.analysis.probe_environment import Probe
from buildfix.platforms.surroundings import Surroundings

Value = Any
"""Python's own value where it is known, or one of the classes here."""
ROOT = "/source"
"""Where a followed script believes to be."""


class Unknown:
    """A value that only the build itself would know."""

    def __repr__(self) -> str:
        return "UNKNOWN"


UNKNOWN = Unknown()


class Doubtful(str):
    """A string that was put where it is under a condition that nobody knows."""


class PathText(str):
    """A pathlib.Path, by its text."""


@dataclass(frozen=True)
class External:
    """Something that is imported from outside the tree, by its dotted name."""

    name: str


@dataclass(frozen=True)
class Method:
    """A method of one of Python's own values."""

    owner: Value
    name: str


@dataclass(eq=False)
class Frame:
    """The variables of a module, function or class body."""

    variables: dict[str, Value]
    file: str
    parent: Frame | None = None
    global_names: set[str] = field(default_factory=set)
    returned: list[Value] = field(default_factory=list)
    """What branches that nobody knows to be taken return."""
    yielded: list[Value] | None = None
    """What a generator has yielded, None where it is none."""

    @property
    def module(self) -> Frame:
        """The frame of the module that this one belongs to."""
        frame = self
        while frame.parent is not None:
            frame = frame.parent
        return frame

    def find(self, name: str) -> Frame | None:
        """Return the innermost frame that knows a name."""
        frame: Frame | None = self
        while frame is not None:
            if name in frame.variables:
                return frame
            frame = frame.parent
        return None

    def assign(self, name: str, value: Value) -> None:
        """Bind a name here, or in the module where it is declared global."""
        target = self.module if name in self.global_names else self
        target.variables[name] = value


@dataclass(eq=False)
class Module:
    """A module of the tree."""

    frame: Frame


@dataclass(eq=False)
class Function:
    """A function or lambda of the script."""

    node: ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda
    frame: Frame
    defaults: tuple[Value, ...] = ()
    keyword_defaults: dict[str, Value] = field(default_factory=dict)
    owner: UserClass | None = None
    kind: str = ""
    """staticmethod, classmethod, property or nothing."""


@dataclass(eq=False)
class UserClass:
    """A class of the script."""

    name: str
    bases: tuple[Value, ...]
    members: dict[str, Value]

    def find(self, name: str) -> Value | None:
        """Return a member of the class or of a base, None where there is none."""
        if name in self.members:
            return self.members[name]
        for base in self.bases:
            found = base.find(name) if isinstance(base, UserClass) else None
            if found is not None:
                return found
        return None

    def external_bases(self) -> tuple[str, ...]:
        """Return the names of the bases from outside, of all generations."""
        names: list[str] = []
        for base in self.bases:
            if isinstance(base, External):
                names.append(base.name)
            elif isinstance(base, UserClass):
                names.extend(base.external_bases())
        return tuple(names)


@dataclass(eq=False)
class Instance:
    """An object of one of the script's classes, or of a class from outside that matters."""

    cls: UserClass | External
    attributes: dict[str, Value] = field(default_factory=dict)


@dataclass(eq=False)
class Bound:
    """A method of the script's own, with what it is called on."""

    function: Function
    receiver: Value


@dataclass(eq=False)
class Super:
    """What `super()` returns."""

    owner: UserClass
    receiver: Instance


@dataclass(eq=False)
class Ran:
    """A program that the script ran, and what it gets to see of it."""

    returncode: Value
    stdout: Value
    stderr: Value = ""


class Returned(Exception):
    """A return statement."""

    def __init__(self, value: Value):
        self.value = value
        super().__init__()


class Broke(Exception):
    """A break statement."""


class Continued(Exception):
    """A continue statement."""


class Raised(Exception):
    """An exception of the script, by its class's name or its class."""

    def __init__(self, cls: Value, arguments: tuple[Value, ...] = (), where: str = ""):
        self.cls = cls
        self.arguments = arguments
        self.where = where
        super().__init__(str(cls))


class Exhausted(Exception):
    """The script takes more steps than any setup script should."""


Arguments = tuple[list[Value], dict[str, Value]]


class Machine(Protocol):
    """What evaluates, executes and calls; the parts of the interpreter know each other by it."""

    tree: SourceTree
    surroundings: Surroundings
    facts: Facts
    doubt: int
    """How many conditions nobody knows lie around what is being executed."""
    guards: list[Value]
    """What the `try` statements that lie around it catch."""
    rich: bool
    """Whether the imagined machine has everything."""
    module_folders: list[str]
    """Folders of the tree where modules are looked for, as sys.path."""
    configured: set[str]
    """Folders of the tree that a configure script or cmake was run for."""

    def evaluate(self, node: ast.expr, frame: Frame) -> Value:
        """Return an expression's value."""
        ...

    def execute(self, body: list[ast.stmt], frame: Frame) -> None:
        """Execute statements."""
        ...

    def call(
        self, function: Value, args: list[Value], named: dict[str, Value], where: str
    ) -> Value:
        """Return what calling anything gives."""
        ...

    def attribute(self, owner: Value, name: str) -> Value:
        """Return an attribute of any value."""
        ...

    def has(self, probe: Probe) -> bool:
        """Ask the imagined machine."""
        ...

    def importable(self, module: str) -> bool:
        """Say whether a module from outside is there during the build."""
        ...

    def give_up(self, cls: Value, arguments: tuple[Value, ...], where: str) -> None:
        """Raise as the script does; raises Raised."""
        ...

    def run_text(self, text: str) -> dict[str, Value]:
        """Follow a text as a module of its own; return what it defines."""
        ...

    def load(self, name: str) -> Module | None:
        """Return a module of the tree, None where it has none."""
        ...

    def run_script(self, file: str) -> bool:
        """Follow a file of the tree as a program; say whether it ends well."""
        ...

    def in_doubt(self, action: Callable[[], Value]) -> Value:
        """Do something that the build may or may not do."""
        ...

    def note_setup(self, named: dict[str, Value], where: str) -> None:
        """Remember what setup() was called with."""
        ...


def truth(value: Value) -> bool | None:
    """Return whether a condition holds, None where that is unknown."""
    if isinstance(value, Unknown):
        return None
    if isinstance(value, (str, bytes, int, float, tuple, dict, set, frozenset, type(None), range)):
        return bool(value)
    if isinstance(value, list):
        if value and all(isinstance(item, Doubtful | Unknown) for item in value):
            return None
        return bool(value)
    return True


def join(one: Value, other: Value) -> Value:
    """Return what is known of a value that is one or the other."""
    if one is other:
        return one
    if isinstance(one, list) and isinstance(other, list):
        both = [item for item in one if any(_same(item, that) for that in other)]
        rest = [item for item in (*one, *other) if not any(_same(item, that) for that in both)]
        return both + [doubtful(item) for item in rest]
    return one if _same(one, other) else UNKNOWN


def doubtful(value: Value) -> Value:
    """Return a value marked as one whose presence is uncertain."""
    if type(value) is tuple:
        return tuple(map(doubtful, value))
    return Doubtful(value) if type(value) is str else value


def _same(one: Value, other: Value) -> bool:
    try:
        return type(one) is type(other) and bool(one == other)
    except Exception:  # values of a script compare as they like
        return False
