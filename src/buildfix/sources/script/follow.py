"""Following setup.py to its end on a machine that has just enough for it."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field

from buildfix.sources.script.building import run_commands
from buildfix.sources.script.config import read_config
from buildfix.sources.script.interpreter import MAX_STEPS, Interpreter
from buildfix.sources.script.parsed import Parsed
from buildfix.sources.script.values import (
    Broke,
    Continued,
    Exhausted,
    Instance,
    Raised,
    Returned,
    Value,
)
from buildfix.sources.survey import Survey
from buildfix.sources.world import Refusal, Settled, World, settle

MAX_STEPS_IN_ALL = 5 * MAX_STEPS
"""Steps that a script may take in all the worlds that it is followed in; real ones take a fifth."""


@dataclass
class Followed:
    """What a script handed to setup(), and the commands that were run for it."""

    setups: list[tuple[dict[str, Value], str]] = field(default_factory=list)
    commands: list[Instance] = field(default_factory=list)
    configured: set[str] = field(default_factory=set)
    """Folders of the tree that a configure script or cmake was run for."""


def follow_setup(survey: Survey, file: str, distributions: Collection[str]) -> Settled[Followed]:
    """Return what a setup script does, and what it must be granted.

    `distributions` are the normalised names of what pip puts into the build's environment.
    """
    parsed = Parsed(survey.tree)
    options = read_config(survey.tree.text("setup.cfg"))

    left = MAX_STEPS_IN_ALL

    def run(world: World) -> tuple[Refusal | None, Followed]:
        nonlocal left
        steps = min(left, MAX_STEPS)
        machine = Interpreter(
            parsed, survey.surroundings, survey.facts, world, distributions, steps
        )
        followed = Followed()
        refusal = _follow(machine, file, options, followed)
        left -= steps - max(machine.steps_left, 0)
        followed.setups = machine.setups
        followed.configured = machine.configured
        return refusal, followed

    return settle(run, survey.brought, survey.knows)


def _follow(
    machine: Interpreter, file: str, options: dict[str, dict[str, str]], followed: Followed
) -> Refusal | None:
    try:
        machine.run_file(file)
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
