"""The machine that follows a script: one run of it in one imagined world."""

from __future__ import annotations

import ast
import builtins
import sys
from collections.abc import Callable, Collection

from packaging.utils import canonicalize_name

from buildfix.analysis.facts import Facts
from buildfix.analysis.probe_environment import Probe, ProbeEnvironment
from buildfix.analysis.python import expressions, statements
from buildfix.analysis.python.attributes import attribute_of
from buildfix.analysis.python.building import (
    BUILDING_HANDLERS,
    FFI,
    base_method,
    ffi_method,
    is_extension,
    is_rust,
    make_extension,
)
from buildfix.analysis.python.builtin import BUILTIN_HANDLERS
from buildfix.analysis.python.config import config_method
from buildfix.analysis.python.helpers import GET_EXTENSIONS, helped_extensions
from buildfix.analysis.python.library import LIBRARY_HANDLERS, constants
from buildfix.analysis.python.methods import call_method
from buildfix.analysis.python.parsed import Parsed, parse
from buildfix.analysis.python.programs import PROGRAM_HANDLERS
from buildfix.analysis.python.values import (
    ROOT,
    UNKNOWN,
    Arguments,
    Bound,
    Exhausted,
    External,
    Frame,
    Function,
    Instance,
    Method,
    Module,
    Raised,
    Returned,
    Super,
    UserClass,
    Value,
    join,
)
from buildfix.platforms.surroundings import Surroundings

MAX_STEPS = 200_000
MAX_DEPTH = 40
BYTES_PER_STEP = 500
"""A long value counts as further steps, so that memory is bounded as time is."""
_HANDLERS: dict[str, Callable[..., Value]] = {
    **BUILTIN_HANDLERS,
    **LIBRARY_HANDLERS,
    **PROGRAM_HANDLERS,
    **BUILDING_HANDLERS,
    GET_EXTENSIONS: helped_extensions,
}
_SETUP = frozenset({"setuptools", "distutils", "numpy", "skbuild", "cx_Freeze"})
_PLACES = {"yaml": "pyyaml", "pkg_resources": "setuptools", "distutils": "setuptools"}
_WINDOWS_ONLY = frozenset({"winreg", "_winreg", "msvcrt", "_winapi", "nt"})


class Interpreter:
    """Follows a script once; `setups` is what it called setup() with."""

    def __init__(
        self,
        parsed: Parsed,
        surroundings: Surroundings,
        facts: Facts,
        world: ProbeEnvironment,
        distributions: Collection[str],
        steps: int = MAX_STEPS,
    ):
        """Follow in `world`, with these `distributions` from PyPI importable, for so many steps."""
        self.tree = parsed.tree
        self._parsed = parsed
        self.surroundings = surroundings
        self.facts = facts
        self.world = world
        self.doubt = 0
        self.guards: list[Value] = []
        self.rich = world.rich
        self.module_folders = [""]
        self.configured: set[str] = set()
        self.setups: list[tuple[dict[str, Value], str]] = []
        self._distributions = distributions
        self._constants = constants(surroundings)
        self._modules: dict[str, Module] = {}
        self.steps_left = steps
        self._calls: list[str] = []

    def run_file(self, file: str, name: str = "__main__") -> Module | None:
        """Follow a file of the tree as a module; None where it cannot be parsed.

        Raises Raised where it gives up, and Exhausted where it goes on for too long.
        """
        body = self._parsed.body(file)
        if body is None:
            return None
        module = Module(Frame({"__name__": name, "__file__": f"{ROOT}/{file}"}, file))
        self._modules[file] = module
        self.execute(body, module.frame)
        return module

    def run_script(self, file: str) -> bool:
        """Follow a file of the tree as a program; say whether it ends well.

        It is taken to where it asked the machine for nothing that is not there: then it is more
        likely that what is known of it here is too little. One that is under way is not run again.
        """
        if file in self._modules:
            return True
        before, folders = len(self.world.failed), self.module_folders
        self.module_folders = [file.rpartition("/")[0], *folders]
        try:
            self.run_file(file)
        except Raised as error:
            return str(error.cls) == "SystemExit0" or len(self.world.failed) == before
        finally:
            self.module_folders = folders
        return True

    def run_text(self, text: str) -> dict[str, Value]:
        """Follow a text as a module of its own; return what it defines."""
        frame = Frame({}, "setup.py")
        self.execute(parse(text) or [], frame)
        return frame.variables

    def evaluate(self, node: ast.expr, frame: Frame) -> Value:
        """Return an expression's value."""
        self._step()
        value = expressions.evaluate(self, node, frame)
        if isinstance(value, str | list | tuple):
            self.steps_left -= len(value) // BYTES_PER_STEP
        return value

    def execute(self, body: list[ast.stmt], frame: Frame) -> None:
        """Execute statements."""
        for node in body:
            self._step()
            statements.execute(self, node, frame)

    def in_doubt(self, action: Callable[[], Value]) -> Value:
        """Do something that the build may or may not do."""
        self.doubt += 1
        try:
            return action()
        finally:
            self.doubt -= 1

    def has(self, probe: Probe) -> bool:
        """Ask the imagined machine."""
        return self.world.has(probe)

    def give_up(self, cls: Value, arguments: tuple[Value, ...], where: str) -> None:
        """Raise as the script does, except where nothing would carry it on; raises Raised."""
        place = " < ".join([where, *reversed(self._calls)])
        if place not in self.world.waived:
            raise Raised(cls, arguments, place)

    def importable(self, module: str) -> bool:
        """Say whether a module from outside is there during the build."""
        if module in _WINDOWS_ONLY:
            return self.surroundings.is_windows
        name = canonicalize_name(_PLACES.get(module, module))
        return module in sys.stdlib_module_names or name in self._distributions

    def load(self, name: str) -> Module | None:
        """Return a module of the tree, followed when first asked for; None where it has none."""
        path = name.replace(".", "/")
        for folder in self.module_folders:
            start = f"{folder}/" if folder else ""
            for file in (f"{start}{path}.py", f"{start}{path}/__init__.py"):
                if file in self._modules:
                    return self._modules[file]
                if file in self.tree.names() and self.tree.text(file) is not None:
                    return self.run_file(file, name)
        return None

    def attribute(self, owner: Value, name: str) -> Value:
        """Return an attribute of any value."""
        if isinstance(owner, External):
            dotted = f"{owner.name}.{name}"
            known = self._constants.get(dotted)
            return known if known is not None or dotted in self._constants else External(dotted)
        return attribute_of(self, owner, name)

    def note_setup(self, named: dict[str, Value], where: str) -> None:
        """Remember what setup() was called with."""
        self.setups.append((named, where))

    def call(
        self, function: Value, args: list[Value], named: dict[str, Value], where: str
    ) -> Value:
        """Return what calling anything gives."""
        if isinstance(function, Function):
            return self._call_function(function, (args, named), where)
        if isinstance(function, Bound):
            receiver = [] if function.function.kind == "staticmethod" else [function.receiver]
            return self._call_function(function.function, ([*receiver, *args], named), where)
        if isinstance(function, UserClass):
            return self._instantiate(function, args, named, where)
        if isinstance(function, Method):
            return self._call_method(function, args, named, where)
        if isinstance(function, External):
            return self._call_external(function.name, args, named, where)
        return UNKNOWN

    def _call_method(
        self, method: Method, args: list[Value], named: dict[str, Value], where: str
    ) -> Value:
        owner = method.owner
        if isinstance(owner, Super):
            return base_method(self, method.name, owner.receiver, args, named, where)
        if isinstance(owner, Instance):
            if owner.cls == External("configparser"):
                return config_method(self, owner, method.name, args, named)
            if owner.cls == FFI:
                return ffi_method(self, method.name, args, named, where)
            return base_method(self, method.name, owner, args, named, where)
        return call_method(self, method, args, named)

    def _call_external(
        self, name: str, args: list[Value], named: dict[str, Value], where: str
    ) -> Value:
        handler = _HANDLERS.get(name)
        if handler is not None:
            return handler(self, args, named, where)
        top, last = name.partition(".")[0], name.rpartition(".")[2]
        if last == "setup" and top in _SETUP:
            self.note_setup({**named, "*builder*": top}, where)
            return Instance(External("distribution"))
        if last == "cythonize":
            return _HANDLERS["Cython.Build.cythonize"](self, args, named, where)
        if is_extension(name) or is_rust(name):
            return make_extension(name, args, named, where)
        return self._call_inherited(name, args, named, where)

    def _call_inherited(
        self, name: str, args: list[Value], named: dict[str, Value], where: str
    ) -> Value:
        """Call a method of a class from outside by that class, or make one of its exceptions."""
        last = name.rpartition(".")[2]
        if args and isinstance(args[0], Instance) and isinstance(args[0].cls, UserClass):
            return base_method(self, last, args[0], args[1:], named, where)
        if name.startswith("builtins.") and _is_exception(last):
            return Instance(External(name), {"args": args})
        return UNKNOWN

    def _instantiate(
        self, cls: UserClass, args: list[Value], named: dict[str, Value], where: str
    ) -> Value:
        instance = Instance(cls)
        if any(is_extension(base) or is_rust(base) for base in cls.external_bases()):
            instance.attributes["*extension*"] = True
        instance.attributes["args"] = args
        initialiser = cls.find("__init__")
        if isinstance(initialiser, Function):
            self.call(Bound(initialiser, instance), args, named, where)
        elif instance.attributes.get("*extension*"):
            base_method(self, "__init__", instance, args, named, where)
        else:
            instance.attributes.update(named)
        return instance

    def _call_function(self, function: Function, arguments: Arguments, where: str) -> Value:
        if len(self._calls) >= MAX_DEPTH:
            return UNKNOWN
        frame = Frame({}, function.frame.file, function.frame)
        self._bind_arguments(function, arguments, frame)
        frame.yielded = [] if self._parsed.is_generator(function.node) else None
        if function.owner is not None and arguments[0]:
            frame.variables["__class__"] = function.owner
            frame.variables["__super__"] = Super(function.owner, arguments[0][0])
        self._calls.append(where)
        try:
            if isinstance(function.node, ast.Lambda):
                return self.evaluate(function.node.body, frame)
            self.execute(function.node.body, frame)
            value = None
        except Returned as returned:
            value = returned.value
        except Raised:
            if not frame.returned:
                raise
            value = frame.returned[0]  # where it gave up was not where it returned
        finally:
            self._calls.pop()
        if frame.yielded is not None:
            return frame.yielded
        for earlier in frame.returned:
            value = join(earlier, value)
        return value

    def _bind_arguments(self, function: Function, arguments: Arguments, frame: Frame) -> None:
        args, named = list(arguments[0]), dict(arguments[1])
        spec = function.node.args
        positional = [one.arg for one in (*spec.posonlyargs, *spec.args)]
        defaults = dict(
            zip(
                positional[len(positional) - len(function.defaults) :],
                function.defaults,
                strict=True,
            )
        )
        for name in positional:
            if args:
                frame.variables[name] = args.pop(0)
            else:
                frame.variables[name] = named.pop(name, defaults.get(name, UNKNOWN))
        for one in spec.kwonlyargs:
            default = function.keyword_defaults.get(one.arg, UNKNOWN)
            frame.variables[one.arg] = named.pop(one.arg, default)
        if spec.vararg:
            frame.variables[spec.vararg.arg] = tuple(args)
        if spec.kwarg:
            frame.variables[spec.kwarg.arg] = named

    def _step(self) -> None:
        self.steps_left -= 1
        if self.steps_left < 0:
            raise Exhausted


def _is_exception(name: str) -> bool:
    known = getattr(builtins, name, None)
    return isinstance(known, type) and issubclass(known, BaseException)


__all__ = ["Interpreter", "Raised"]
