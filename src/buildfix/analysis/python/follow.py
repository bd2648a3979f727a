"""Following setup.py to its end on a machine that has just enough for it."""

from __future__ import annotations

import ast
from collections.abc import Callable, Collection
from dataclasses import dataclass, field

from buildfix.analysis.probe_environment import ProbeEnvironment, Refusal, Settled, settle
from buildfix.analysis.python.building import is_extension, run_commands
from buildfix.analysis.python.config import read_config
from buildfix.analysis.python.helpers import GET_EXTENSIONS
from buildfix.analysis.python.interpreter import MAX_STEPS, Interpreter
from buildfix.analysis.python.parsed import Parsed
from buildfix.analysis.python.values import (
    Broke,
    Continued,
    Exhausted,
    External,
    Function,
    Instance,
    Raised,
    Returned,
    Value,
)
from buildfix.analysis.survey import Survey

MAX_STEPS_IN_ALL = 5 * MAX_STEPS
"""Steps that a script may take in all the worlds that it is followed in; real ones take a fifth."""


_DECLARED = "pyproject.toml"


@dataclass
class Followed:
    """What a script handed to setup(), and the commands that were run for it."""

    setups: list[tuple[dict[str, Value], str]] = field(default_factory=list)
    commands: list[Instance] = field(default_factory=list)
    configured: set[str] = field(default_factory=set)
    """Folders of the tree that a configure script or cmake was run for."""


Start = Callable[[Interpreter], None]
"""Runs what there is to run on an imagined machine; raises as a script does."""


def follow_setup(survey: Survey, file: str, distributions: Collection[str]) -> Settled[Followed]:
    """Return what a setup script does, and what it must be granted.

    `distributions` are the normalised names of what pip puts into the build's environment.
    """
    return _followed(survey, lambda machine: _run(machine, file), distributions)


def follow_helpers(survey: Survey, distributions: Collection[str]) -> Settled[Followed]:
    """Return the same of a project whose extensions extension-helpers collects."""

    def start(machine: Interpreter) -> None:
        extensions = machine.call(External(GET_EXTENSIONS), [], {}, _DECLARED)
        machine.note_setup({"ext_modules": extensions}, _DECLARED)

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
        machine.call(members.get("build_wheel"), [], {}, file)
        for member in () if machine.setups else list(members.values()):
            if isinstance(member, Function) and _makes_extensions(member):
                machine.note_setup({"ext_modules": machine.call(member, [], {}, file)}, file)

    return _followed(survey, start, distributions)


def _run(machine: Interpreter, file: str) -> None:
    machine.run_file(file)


def _makes_extensions(function: Function) -> bool:
    """Say whether a function that can be called as it is makes extensions."""
    arguments = function.node.args
    if len(arguments.args) > len(function.defaults):
        return False
    called = (one.func for one in ast.walk(function.node) if isinstance(one, ast.Call))
    names = (getattr(one, "id", getattr(one, "attr", "")) for one in called)
    return any(map(is_extension, names))


def _followed(survey: Survey, start: Start, distributions: Collection[str]) -> Settled[Followed]:
    parsed = Parsed(survey.tree)
    options = read_config(survey.tree.text("setup.cfg"))

    left = MAX_STEPS_IN_ALL

    def run(world: ProbeEnvironment) -> tuple[Refusal | None, Followed]:
        nonlocal left
        steps = min(left, MAX_STEPS)
        machine = Interpreter(
            parsed, survey.surroundings, survey.facts, world, distributions, steps
        )
        followed = Followed()
        refusal = _follow(machine, start, options, followed)
        left -= steps - max(machine.steps_left, 0)
        followed.setups = machine.setups
        followed.configured = machine.configured
        return refusal, followed

    return settle(run, survey.brought, survey.knows)


def _follow(
    machine: Interpreter, start: Start, options: dict[str, dict[str, str]], followed: Followed
) -> Refusal | None:
    try:
        start(machine)
        for setup, where in tuple(machine.setups):
            followed.commands += run_commands(machine, setup, options, where)
    except Raised as error:
        if str(error.cls) == "SystemExit0":
            return None
        words = " ".join(str(one) for one in (error.cls, *error.arguments))
        return Refusal(error.where, words)
    except (Returned, Broke, Continued, Exhausted, RecursionError):
        return None
    return None
