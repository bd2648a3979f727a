"""`buildfix wheels`: which wheels exist, and how to avoid a build."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from packaging.requirements import InvalidRequirement, Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name

from buildfix.api import load_recipes
from buildfix.catalog import Knowledge
from buildfix.catalog.projects import ProjectRecipe
from buildfix.cli.tasks import CrossTarget, Screen
from buildfix.core import Host, Interpreter
from buildfix.core.errors import TargetError, UsageError
from buildfix.core.spelling import nearest
from buildfix.machines.local import LocalMachine, Machine
from buildfix.render.wheels import show_wheels, wheels_document

if TYPE_CHECKING:
    from buildfix.wheels.listing import Answer
    from buildfix.wheels.recipe_index import Asked
    from buildfix.wheels.select import Verdict
    from buildfix.wheels.target import Target

_RELEASE = re.compile(r"(\d+)\.(\d+)")


@dataclass(frozen=True)
class Question:
    """The arguments of `buildfix wheels`."""

    requirement: str
    python: str | None
    "An interpreter, or a version such as `3.14`."
    elsewhere: CrossTarget
    options: tuple[str, ...] = ()
    "pip install options."


def wheels_task(question: Question, screen: Screen, recipes: Path | None) -> int:
    """Run `buildfix wheels`; return 0 if a wheel is compatible with the target, else 1."""
    from buildfix.platforms.pythons import installed_pythons
    from buildfix.wheels.avoidance import ways_to_avoid
    from buildfix.wheels.recipe_index import named_offer
    from buildfix.wheels.select import judge

    requirement = _requirement(question.requirement)
    machine, knowledge = LocalMachine(), load_recipes(recipes)
    host = question.elsewhere.host(knowledge)
    answer, target, asked = _ask(question, requirement.name, machine, knowledge, host)
    requirement.specifier &= SpecifierSet(answer.constraint)
    verdict = judge(requirement, answer.files, target, knowledge.wheel_kinds)
    if not verdict.files and answer.troubles:
        raise TargetError(
            f"Cannot determine which files are available: {'; '.join(answer.troubles)}.",
            do="Check the network connection and pip's index settings.",
        )
    if not verdict.files:
        near = nearest(canonicalize_name(requirement.name), knowledge.well_known)
        meant = f"Did you mean {near}? " if near else ""
        raise TargetError(
            f"The index has no files for {requirement.name}.",
            do=f"{meant}Check the name and pip's index settings.",
        )
    recipe = knowledge.project(canonicalize_name(requirement.name))
    offer = named_offer(machine, verdict, recipe, asked) if recipe else None
    where = "" if offer or recipe is None else _whereabouts(recipe, verdict, asked)
    ways = ways_to_avoid(verdict, () if host else installed_pythons(machine), offer, where)
    if screen.json:
        screen.document(wheels_document(verdict, ways))
    else:
        show_wheels(screen.view, verdict, ways)
    return 0 if verdict.served else 1


def _whereabouts(recipe: ProjectRecipe, verdict: Verdict, asked: Asked) -> str:
    """Return where the project publishes wheels, though none was found there."""
    from buildfix.wheels.recipe_index import whereabouts

    return whereabouts(recipe, str(verdict.version), asked.host, asked.cuda)


def _requirement(text: str) -> Requirement:
    try:
        requirement = Requirement(text)
    except InvalidRequirement as error:
        raise UsageError(
            f"{text!r} is not a requirement: {str(error).splitlines()[0]}.",
            do="Name a project, for example 'lxml>=5'.",
        ) from error
    if requirement.url:
        raise UsageError(
            f"{text!r} is not a project in an index.", do="Name a project, for example 'lxml>=5'."
        )
    return requirement


def _ask(
    question: Question, project: str, machine: Machine, knowledge: Knowledge, host: Host | None
) -> tuple[Answer, Target, Asked]:
    """Return the index's answer, the target, and whose pip was asked; raises TargetError."""
    from buildfix.platforms.host_facts import gather
    from buildfix.platforms.interpreter import find_interpreter
    from buildfix.platforms.pythons import installed_pythons
    from buildfix.wheels.listing import ask, target_of
    from buildfix.wheels.recipe_index import Asked

    release = _RELEASE.fullmatch(question.python or "")
    here = find_interpreter(machine, None if release or host else question.python)
    interpreter = _target_of(host, here)
    for python in _with_pip(here, [one.path for one in installed_pythons(machine)]):
        answer = ask(machine, python, project, question.options)
        if answer is not None:
            facts = host or gather(machine, knowledge, interpreter)
            other = host is not None or python != interpreter.path
            target = target_of(answer, facts, interpreter, elsewhere=other)
            if release:
                target = target.with_python((int(release[1]), int(release[2])))
            return answer, target, Asked(python, facts, knowledge.cuda)
    raise TargetError(
        "Cannot determine which files are available: pip could not reach an index.",
        do="Check the network connection and pip's index settings.",
    )


def _target_of(host: Host | None, here: Interpreter) -> Interpreter:
    """Return the interpreter of another host, else the one that is here; raises TargetError."""
    if host is None:
        return here
    if host.interpreter is None:
        raise TargetError("The host description does not include an interpreter.")
    return host.interpreter


def _with_pip(here: Interpreter, others: Sequence[str]) -> Sequence[str]:
    """Return the interpreters whose pip can be asked: the target's own, if it has pip."""
    return [here.path] if here.pip else others
