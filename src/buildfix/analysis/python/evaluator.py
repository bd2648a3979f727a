"""The machine that follows a script: one run of it in one imagined world."""

from __future__ import annotations

import ast
import builtins
import sys
from collections.abc import Callable, Collection
from dataclasses import dataclass, replace

from packaging.utils import canonicalize_name

from buildfix.analysis.facts import Brought
from buildfix.analysis.probe_environment import ProbeEnvironment
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
    run_commands,
)
from buildfix.analysis.python.builtin import BUILTIN_HANDLERS, Handler
from buildfix.analysis.python.config import config_method
from buildfix.analysis.python.exceptions import catches
from buildfix.analysis.python.helpers import GET_EXTENSIONS, helped_extensions
from buildfix.analysis.python.methods import call_method
from buildfix.analysis.python.parsed import Parsed, parse
from buildfix.analysis.python.programs import PROGRAM_HANDLERS
from buildfix.analysis.python.standard_library import LIBRARY_HANDLERS, constants
from buildfix.analysis.python.values import (
    Bound,
    Call,
    ConfigParser,
    Extension,
    Followed,
    Frame,
    Function,
    Instance,
    Machine,
    Module,
    Raised,
    Setup,
    Super,
    UserClass,
)
from buildfix.analysis.survey import Survey
from buildfix.analysis.symbolic_run import GaveUp, Returned
from buildfix.analysis.symbolic_values import (
    ROOT,
    UNKNOWN,
    Doubtful,
    External,
    Method,
    Value,
    above_tree,
    join,
)
from buildfix.installers.request_items import project_of

MAX_DEPTH = 40
BYTES_PER_STEP = 500
"""A long value counts as further steps, so that memory is bounded as time is."""
_HANDLERS: dict[str, Handler] = {
    **BUILTIN_HANDLERS,
    **LIBRARY_HANDLERS,
    **PROGRAM_HANDLERS,
    **BUILDING_HANDLERS,
    GET_EXTENSIONS: helped_extensions,
}
_SETUP = frozenset({"setuptools", "distutils", "numpy", "skbuild", "cx_Freeze"})
_WINDOWS_ONLY = frozenset({"winreg", "_winreg", "msvcrt", "_winapi", "nt"})


@dataclass(frozen=True)
class Script:
    """What is followed: where it begins, and what it finds there."""

    parsed: Parsed
    begin: Callable[[Interpreter], object]
    """Runs what there is to run on an imagined machine; raises as a script does."""
    distributions: Collection[str]
    """Normalised names of what pip puts into the build's environment."""
    options: dict[str, dict[str, str]]
    """What setup.cfg says to each command."""


class Interpreter(Machine):
    """Follows a script once, with some distributions from PyPI importable."""

    def __init__(self, survey: Survey, world: ProbeEnvironment, steps: int, script: Script):
        """Follow a script of the survey's tree in `world`, for so many steps."""
        super().__init__(survey, world, steps, Followed())
        self.guards: list[Value] = []
        self.module_folders = [""]
        self._script = script
        self._constants = constants(survey.surroundings)
        self._modules: dict[str, Module] = {}
        self._calls: list[str] = []

    def start(self) -> None:
        """Follow the script, and the commands that it brings its own classes for."""
        self._script.begin(self)
        for setup in tuple(self.seen.setups):
            self.world.brought = self.world.brought.with_more(self._required_by(setup))
            self.seen.commands += run_commands(self, setup, self._script.options)

    def _required_by(self, setup: Setup) -> Brought:
        """Return what `setup_requires` brings into the environment that the commands run in."""
        given = setup.keywords.get("setup_requires")
        words = given if isinstance(given, list | tuple) else [given]
        names = (project_of(one) for one in words if isinstance(one, str))
        return self.facts.among(filter(None, names))

    def run_file(self, file: str, name: str = "__main__") -> Module | None:
        """Follow a file of the tree as a module; None where it cannot be parsed.

        Raises Raised where it gives up, and Exhausted where it goes on for too long.
        """
        body = self._script.parsed.body(file)
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
            return error.refusal is None or len(self.world.failed) == before
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
        self.step()
        value = expressions.evaluate(self, node, frame)
        if isinstance(value, str | list | tuple):
            self.steps_left -= len(value) // BYTES_PER_STEP
        return value

    def execute(self, body: list[ast.stmt], frame: Frame) -> None:
        """Execute statements."""
        for node in body:
            self.step()
            statements.execute(self, node, frame)

    def reads(self, path: Value, where: str) -> None:
        """Note that a file or folder must be there, or the script ends."""
        plain = isinstance(path, str) and not isinstance(path, Doubtful)
        provided = self.seen.made_outside or catches(self.guards, "FileNotFoundError")
        if plain and above_tree(path) and not (self.doubt or provided):
            self.seen.outside[self._places(where)] = path

    def _places(self, where: str) -> str:
        """Return a place with those of the calls that lead to it, the innermost first."""
        return " < ".join([where, *reversed(self._calls)])

    def give_up(self, error: GaveUp) -> None:
        """Raise as the script does, except where nothing would carry it on; raises it."""
        error.where = self._places(error.where)
        super().give_up(error)

    def importable(self, module: str) -> bool:
        """Say whether a module from outside is there during the build."""
        if module in _WINDOWS_ONLY:
            return self.surroundings.is_windows
        known = {**self.survey.knowledge.modules, **self.facts.importable_from}
        name = canonicalize_name(known.get(module, module))
        return module in sys.stdlib_module_names or name in self._script.distributions

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

    def call(self, function: Value, call: Call) -> Value:
        """Return what calling anything gives."""
        if isinstance(function, Function):
            return self._call_function(function, call)
        if isinstance(function, Bound):
            receiver = [] if function.function.kind == "staticmethod" else [function.receiver]
            return self._call_function(function.function, replace(call, args=receiver + call.args))
        if isinstance(function, UserClass):
            return self._instantiate(function, call)
        if isinstance(function, Method):
            return _call_method(replace(call, owner=function.owner, name=function.name))
        if isinstance(function, External):
            return _call_external(function.name, call)
        return UNKNOWN

    def _instantiate(self, cls: UserClass, call: Call) -> Value:
        extension = any(is_extension(base) or is_rust(base) for base in cls.external_bases())
        instance = Extension(cls) if extension else Instance(cls)
        instance.attributes["args"] = call.args
        initialiser = cls.find("__init__")
        if isinstance(initialiser, Function):
            self.call(Bound(initialiser, instance), call)
        elif extension:
            base_method(replace(call, owner=instance, name="__init__"))
        else:
            instance.attributes.update(call.named)
        return instance

    def _call_function(self, function: Function, call: Call) -> Value:
        if len(self._calls) >= MAX_DEPTH:
            return UNKNOWN
        frame = Frame(_bound(function, call), function.frame.file, function.frame)
        frame.yielded = [] if self._script.parsed.is_generator(function.node) else None
        if function.owner is not None and call.args:
            frame.receiver = Super(function.owner, call.first)
        self._calls.append(call.where)
        try:
            value = self._result(function, frame)
        finally:
            self._calls.pop()
        return value if frame.yielded is None else frame.yielded

    def _result(self, function: Function, frame: Frame) -> Value:
        """Return what a function returns, in branches that may not be taken too."""
        if isinstance(function.node, ast.Lambda):
            return self.evaluate(function.node.body, frame)
        value = None
        try:
            self.execute(function.node.body, frame)
        except Returned as returned:
            value = returned.value
        except Raised:
            if not frame.returned:
                raise
            value = frame.returned[0]  # where it gave up was not where it returned
        for earlier in frame.returned:
            value = join(earlier, value)
        return value


def _call_method(call: Call) -> Value:
    if isinstance(call.owner, Super):
        return base_method(replace(call, owner=call.owner.receiver))
    if isinstance(call.owner, ConfigParser):
        return config_method(call)
    if isinstance(call.owner, Instance):
        return ffi_method(call) if call.owner.cls == FFI else base_method(call)
    return call_method(call)


def _call_external(name: str, call: Call) -> Value:
    handler = _HANDLERS.get(name)
    if handler is not None:
        return handler(call)
    top, last = name.partition(".")[0], name.rpartition(".")[2]
    if last == "Distribution" and top in _SETUP and isinstance(call.first, dict):
        call.machine.seen.setups.append(Setup(call.first, call.where, top))  # for a command alone
    if last == "setup" and top in _SETUP:
        call.machine.seen.setups.append(Setup(call.named, call.where, top))
        return Instance(External("distribution"))
    if last == "cythonize":
        return _HANDLERS["Cython.Build.cythonize"](call)
    if is_extension(name) or is_rust(name):
        return make_extension(name, call)
    return _call_inherited(name, call)


def _call_inherited(name: str, call: Call) -> Value:
    """Call a method of a class from outside by that class, or make one of its exceptions."""
    last = name.rpartition(".")[2]
    if isinstance(call.first, Instance) and isinstance(call.first.cls, UserClass):
        return base_method(replace(call, owner=call.first, name=last, args=call.args[1:]))
    if name.startswith("builtins.") and _is_exception(last):
        return Instance(External(name), {"args": call.args})
    return UNKNOWN


def _bound(function: Function, call: Call) -> dict[str, Value]:
    """Return what a function's parameters are in a call of it."""
    args, named, spec = list(call.args), dict(call.named), function.node.args
    positional = [one.arg for one in (*spec.posonlyargs, *spec.args)]
    defaults = dict(zip(reversed(positional), reversed(function.defaults), strict=False))
    variables = dict(zip(positional, args, strict=False))
    for name in positional[len(args) :]:
        variables[name] = named.pop(name, defaults.get(name, UNKNOWN))
    for one in spec.kwonlyargs:
        default = function.keyword_defaults.get(one.arg, UNKNOWN)
        variables[one.arg] = named.pop(one.arg, default)
    if spec.vararg:
        variables[spec.vararg.arg] = tuple(args[len(positional) :])
    if spec.kwarg:
        variables[spec.kwarg.arg] = named
    return variables


def _is_exception(name: str) -> bool:
    known = getattr(builtins, name, None)
    return isinstance(known, type) and issubclass(known, BaseException)
