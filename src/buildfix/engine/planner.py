"""What is planned before the first build: one planner for a run, a dry run and `doctor`.

The plan comes in stages, because what one stage changes decides what the next one needs. A run
carries each stage out before it asks for the next; a dry run assumes that it was.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from buildfix.core import CreateEnvironment, Diagnosis, Interpreter, Need, Plan, Step
from buildfix.engine.build_constraints import files_of
from buildfix.engine.killed_run import resumption
from buildfix.engine.session import Session
from buildfix.engine.strategies.alternative_index import offers_elsewhere
from buildfix.engine.strategies.missing_pip import PIP, lacks_pip
from buildfix.engine.strategies.out_of_memory import build_settings, programs_lacking
from buildfix.engine.strategies.unresolvable import unresolvable
from buildfix.engine.strategies.upgrade_pip import newer_pip
from buildfix.engine.wheelhouse_use import needed_by_wheels
from buildfix.forecast import known_needs, makes_environment
from buildfix.installers import installer_of
from buildfix.installers.requirements import named_projects, tools_asked
from buildfix.providers import PlanDraft

if TYPE_CHECKING:
    from buildfix.wheels.recipe_index import Offer


@dataclass(frozen=True)
class MeetNeeds:
    """Install what is needed."""

    needs: tuple[Need, ...]


@dataclass(frozen=True)
class UpgradePip:
    """Upgrade pip, which changes what it takes."""

    step: Step


@dataclass(frozen=True)
class TakeOffers:
    """Install wheels from indexes that recipes name; what is refused is built instead."""

    offers: tuple[Offer, ...]


@dataclass(frozen=True)
class Refuse:
    """Build nothing, because a build cannot succeed here."""

    diagnosis: Diagnosis
    needs: tuple[Need, ...]
    first: tuple[Need, ...] = ()
    """Those that are needed whatever is built."""


@dataclass(frozen=True)
class FinishInterrupted:
    """Have the package manager finish what a killed run left."""

    step: Step


Stage = FinishInterrupted | MeetNeeds | UpgradePip | TakeOffers | Refuse


def stages(session: Session, also: tuple[Need, ...] = (), *, wait: bool = False) -> Iterator[Stage]:
    """Yield what is done before the first build; each stage is planned once the last was done.

    `also` is needed besides. Unless the caller asks to `wait`, builds that may not happen are
    analyzed while the installer runs.
    """
    if step := resumption(session):
        yield FinishInterrupted(step)
    if session.local and lacks_pip(session):
        yield MeetNeeds((PIP,))
    with session.timed("foresee"):
        first = (*also, *needs_at_first(session))
        as_it_is = session.asks_target_pip and not makes_environment_here(session)
        upgrade = newer_pip(session) if as_it_is else None
    if upgrade:
        yield UpgradePip(upgrade)
    with session.timed("foresee"):
        offers = offers_elsewhere(session) if as_it_is else ()
    if offers:
        yield TakeOffers(offers)
    if wait or session.should_wait():
        yield forecast_stage(session, first)
    else:
        yield MeetNeeds(first)


def forecast_stage(session: Session, first: tuple[Need, ...] = ()) -> MeetNeeds | Refuse:
    """Return what the builds lack after what comes `first`, or why one cannot succeed."""
    with session.timed("foresee"):
        needs = (*first, *forecast_needs(session))
        refused = _refusal(session)
    return Refuse(refused, needs, first) if refused else MeetNeeds(needs)


def forecast_needs(session: Session) -> tuple[Need, ...]:
    """Return what the builds will lack, and the programs that limit their jobs."""
    return (*session.foreseen().needs, *unlimited_jobs(session))


def unlimited_jobs(session: Session) -> tuple[Need, ...]:
    """Return the programs without which builds cannot be told how many jobs to run."""
    return programs_lacking(session, session.foreseen().builds)


def needs_at_first(session: Session) -> tuple[Need, ...]:
    """Return what is needed whatever the sources say."""
    libraries = needed_by_wheels(session)
    request = session.as_installed()
    folder = Path.cwd() if session.local else Path()  # on another host: wherever that begins
    known = known_needs(request, session.interpreter, session.knowledge, folder)
    tools = tools_asked(session.request)
    here = session.host().commands if tools else ()
    missing = (Need("tool-missing", tool) for tool in tools if tool not in here)
    return (*known, *libraries, *missing, *session.state.killed.needs)


def makes_environment_here(session: Session) -> bool:
    """Say whether another interpreter, with a pip of its own, will be installed into."""
    return makes_environment(session.request, session.interpreter)


def _refusal(session: Session) -> Diagnosis | None:
    foreseen = session.foreseen()
    if installer_of(session.request.installer).uses_pip:
        version = session.interpreter.version
        found = unresolvable(foreseen.refused, foreseen.troubles, session.knowledge, version)
        if found:
            return found
    if not foreseen.needs:
        return None
    # only now: most installs build nothing
    from buildfix.engine.strategies.preflight import PreflightContext, refusal

    machine = session.machine if session.local else None
    here = PreflightContext(session.host(), machine, session.knowledge, session.version_of)
    return refusal(foreseen.askers, session.draft_plan(foreseen.needs), here)


def target_after(session: Session, steps: Iterable[Step]) -> Interpreter:
    """Return the interpreter that is installed into after these steps, as far as it is known."""
    targets = [step.target for step in steps if isinstance(step, CreateEnvironment)]
    return replace(session.interpreter, path=targets[-1]) if targets else session.interpreter


def plan_of(session: Session, found: PlanDraft, diagnosis: Diagnosis | None) -> Plan:
    """Return the plan that a draft makes, with the install that follows it."""
    steps, interpreter = found.steps, target_after(session, found.steps)
    recipes = map(session.knowledge.project, named_projects(session.request))
    told = build_settings(session)
    return Plan(
        requirements=session.request.words,
        host=session.host(),
        steps=steps,
        install=session.install(told.lasting, told.arguments, steps, interpreter),
        modules=tuple(module for recipe in recipes if recipe for module in recipe.modules),
        diagnosis=diagnosis,
        unmet=found.unmet,
        files=files_of(session.files),
    )
