"""The values of a followed script beside Python's own, and the ways its control flow leaves."""

from __future__ import annotations

import ast
from abc import abstractmethod
from dataclasses import dataclass, field

from buildfix.analysis import symbolic_values
from buildfix.analysis.probe_environment import Refusal
from buildfix.analysis.symbolic_run import GaveUp, Seen, SymbolicRun
from buildfix.analysis.symbolic_values import External, Value


@dataclass(eq=False)
class Frame:
    """The variables of a module, function or class body."""

    variables: dict[str, Value]
    file: str
    parent: Frame | None = None
    global_names: set[str] = field(default_factory=set)
    returned: list[Value] = field(default_factory=list)
    """What branches that nobody knows to be taken return."""
    handling: Raised | None = None
    """The exception that an except clause here has caught."""
    receiver: Super | None = None
    """What `super()` returns in a method."""
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

    @property
    def handled(self) -> Raised | None:
        """The exception that a bare `raise` here raises again."""
        return self.handling or (self.parent.handled if self.parent else None)

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
class Extension(Instance):
    """An extension, or an object of the script's own class of them."""

    where: str = "setup.py"
    code: Value = None
    """C code that it is compiled from, as cffi is given it."""


@dataclass(eq=False)
class ConfigParser(Instance):
    """An object of configparser's."""

    sections: dict[str, dict[str, str]] = field(default_factory=dict)


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


class PathText(str):
    """A pathlib.Path, by its text."""


@dataclass(eq=False)
class Ran:
    """A program that the script ran, and what it gets to see of it."""

    returncode: Value
    stdout: Value
    stderr: Value = ""


class Raised(GaveUp):
    """An exception of the script, by its class's name or its class."""

    def __init__(self, cls: Value, arguments: tuple[Value, ...] = (), where: str = ""):
        self.cls = cls
        self.arguments = arguments
        super().__init__(where, str(cls))

    @property
    def refusal(self) -> Refusal | None:
        """What the script says with it, None where it ends well."""
        if str(self.cls) == "SystemExit0":
            return None
        return Refusal(self.where, " ".join(str(one) for one in (self.cls, *self.arguments)))


ANY_KEYWORD = "**"
"""Stands among the keywords of a call for those that are not known."""


@dataclass
class Setup:
    """One call of setup(): what it was given, where, and by which package it was brought."""

    keywords: dict[str, Value]
    where: str
    builder: str = ""


@dataclass
class Followed(Seen):
    """What a script handed to setup(), and the commands that were run for it."""

    setups: list[Setup] = field(default_factory=list)
    commands: list[Instance] = field(default_factory=list)
    handed_on: set[str] = field(default_factory=set)
    """Programs and scripts of the tree that it runs, which may compile what is not seen here."""
    outside: dict[str, str] = field(default_factory=dict)
    """What it reads beside the tree, whatever the machine has; by the places, as of a refusal."""
    made_outside: bool = False
    """Whether it may have put something beside the tree so far."""


class Machine(SymbolicRun[Value, Followed]):
    """What evaluates, executes and calls; the parts of the interpreter know each other by it."""

    guards: list[Value]
    """What the `try` statements that lie around what is executed catch."""
    module_folders: list[str]
    """Folders of the tree where modules are looked for, as sys.path."""

    @abstractmethod
    def evaluate(self, node: ast.expr, frame: Frame) -> Value:
        """Return an expression's value."""

    @abstractmethod
    def execute(self, body: list[ast.stmt], frame: Frame) -> None:
        """Execute statements."""

    @abstractmethod
    def call(self, function: Value, call: Call) -> Value:
        """Return what calling anything gives."""

    @abstractmethod
    def attribute(self, owner: Value, name: str) -> Value:
        """Return an attribute of any value."""

    @abstractmethod
    def importable(self, module: str) -> bool:
        """Say whether a module from outside is there during the build."""

    @abstractmethod
    def run_text(self, text: str) -> dict[str, Value]:
        """Follow a text as a module of its own; return what it defines."""

    @abstractmethod
    def load(self, name: str) -> Module | None:
        """Return a module of the tree, None where it has none."""

    @abstractmethod
    def reads(self, path: Value, where: str) -> None:
        """Note that a file or folder must be there, or the script ends."""

    @abstractmethod
    def run_script(self, file: str) -> bool:
        """Follow a file of the tree as a program; say whether it ends well."""


Call = symbolic_values.Call[Machine]
"""A call in a script."""
