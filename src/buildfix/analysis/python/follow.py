"""Following setup.py to its end on a machine that has just enough for it."""

from __future__ import annotations

import ast
from collections.abc import Callable, Collection

from buildfix.analysis.probe_environment import Settled
from buildfix.analysis.python.building import is_extension
from buildfix.analysis.python.config import read_config
from buildfix.analysis.python.evaluator import Interpreter, Script
from buildfix.analysis.python.helpers import GET_EXTENSIONS
from buildfix.analysis.python.parsed import Parsed
from buildfix.analysis.python.values import Call, Followed, Function, Setup
from buildfix.analysis.survey import Survey
from buildfix.analysis.symbolic_run import follow
from buildfix.analysis.symbolic_values import External, Value

MAX_STEPS = 200_000
MAX_WORLDS = 5
"""How many times as many steps a script may take in all worlds; real ones take a fifth."""
_DECLARED = "pyproject.toml"


def follow_setup(survey: Survey, file: str, distributions: Collection[str]) -> Settled[Followed]:
    """Return what a setup script does, and what it must be granted.

    `distributions` are the normalised names of what pip puts into the build's environment.
    """
    return _followed(survey, lambda machine: machine.run_file(file), distributions)


def follow_script(survey: Survey, file: str, distributions: Collection[str]) -> Settled[Followed]:
    """Return the same of a build script of poetry's.

    It may be one that only defines what sets the arguments of setup().
    """

    def start(machine: Interpreter) -> None:
        module = machine.run_file(file)
        function = module.frame.variables.get("build") if module else None
        if isinstance(function, Function) and not (machine.seen.setups or machine.seen.commands):
            keywords: dict[str, Value] = {}
            machine.call(function, Call(machine, [keywords], where=file))
            machine.seen.setups.append(Setup(keywords, file))

    return _followed(survey, start, distributions)


def follow_helpers(survey: Survey, distributions: Collection[str]) -> Settled[Followed]:
    """Return the same of a project whose extensions extension-helpers collects."""

    def start(machine: Interpreter) -> None:
        extensions = machine.call(External(GET_EXTENSIONS), Call(machine, where=_DECLARED))
        machine.seen.setups.append(Setup({"ext_modules": extensions}, _DECLARED))

    return _followed(survey, start, distributions)


def follow_backend(
    survey: Survey, file: str, folders: Collection[str], distributions: Collection[str]
) -> Settled[Followed]:
    """Return the same of a backend of the tree's own, asked for a wheel.

    Where it is not seen to hand over extensions, what its functions would make of them counts: it
    hands them on by ways that are not followed. `folders` are those of `backend-path`.
    """

    def start(machine: Interpreter) -> None:
        machine.module_folders = [*folders, *machine.module_folders]
        module = machine.run_file(file, file)
        members = module.frame.variables if module else {}
        call = Call(machine, where=file)
        machine.call(members.get("build_wheel"), call)
        for member in () if machine.seen.setups else list(members.values()):
            if isinstance(member, Function) and _makes_extensions(member):
                extensions = machine.call(member, call)
                machine.seen.setups.append(Setup({"ext_modules": extensions}, file))

    return _followed(survey, start, distributions)


def _makes_extensions(function: Function) -> bool:
    """Say whether a function that can be called as it is makes extensions."""
    arguments = function.node.args
    if len(arguments.args) > len(function.defaults):
        return False
    called = (one.func for one in ast.walk(function.node) if isinstance(one, ast.Call))
    names = (getattr(one, "id", getattr(one, "attr", "")) for one in called)
    return any(map(is_extension, names))


def _followed(
    survey: Survey, begin: Callable[[Interpreter], object], distributions: Collection[str]
) -> Settled[Followed]:
    options = read_config(survey.tree.text("setup.cfg"))
    script = Script(Parsed(survey.tree), begin, distributions, options)
    return follow(
        survey,
        lambda world, steps: Interpreter(survey, world, steps, script),
        MAX_STEPS,
        MAX_WORLDS,
    )
