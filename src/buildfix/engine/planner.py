"""Plans what happens before the first build: one planner for a run, a dry run and `doctor`.

The plan has stages, because a stage's changes decide what the next one needs. A run performs each
stage before it asks for the next; a dry run assumes that it succeeded.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path

from buildfix.core import CreateEnvironment, Diagnosis, Interpreter, Need, Plan, PlanDraft, Step
from buildfix.engine.arrivals import arrivals_of, with_transactions
from buildfix.engine.build_constraints import files_of
from buildfix.engine.build_settings import build_settings, forecast_needs
from buildfix.engine.notes import plan_notes
from buildfix.engine.outcome import MeetNeeds, Refuse, Stage
from buildfix.engine.session import Session
from buildfix.engine.strategies.order import BEFORE_BUILDS, TO_BEGIN_WITH, refusal
from buildfix.engine.wheelhouse_use import needed_by_wheels
from buildfix.forecast.known_needs import known_needs
from buildfix.installers.requirements import named_projects, tools_asked
from buildfix.providers.evidence import with_evidence


def stages(session: Session, also: tuple[Need, ...] = (), *, wait: bool = False) -> Iterator[Stage]:
    """Yield the stages before the first build; each is planned after the previous one is done.

    `also` are additional needs. Unless the caller asks to `wait`, builds that may not happen are
    analyzed while the installer runs.
    """
    for asked in TO_BEGIN_WITH:
        if stage := asked(session):
            yield stage
    with session.timed("foresee"):
        first = (*also, *needs_at_first(session))
    for asked in BEFORE_BUILDS:
        with session.timed("foresee"):
            stage = asked(session)
        if stage:
            yield stage
    if wait or session.should_wait():
        yield forecast_stage(session, first)
    else:
        yield MeetNeeds(first)


def forecast_stage(session: Session, first: tuple[Need, ...] = ()) -> MeetNeeds | Refuse:
    """Return what the builds lack in addition to `first`, or why one cannot succeed."""
    with session.timed("foresee"):
        needs = (*first, *forecast_needs(session))
        refused = refusal(session)
    return Refuse(refused, needs, first) if refused else MeetNeeds(needs)


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


def target_after(session: Session, steps: Iterable[Step]) -> Interpreter:
    """Return the interpreter to install into after these steps, as far as it is known."""
    targets = [step.target for step in steps if isinstance(step, CreateEnvironment)]
    return replace(session.interpreter, path=targets[-1]) if targets else session.interpreter


def plan_of(session: Session, found: PlanDraft, diagnosis: Diagnosis | None) -> Plan:
    """Return a draft as a plan, with the install after it."""
    steps, interpreter = found.steps, target_after(session, found.steps)
    recipes = map(session.knowledge.project, named_projects(session.request))
    told = build_settings(session)
    arrivals = arrivals_of(session)
    return Plan(
        requirements=session.request.words,
        host=session.host(),
        steps=with_evidence(with_transactions(session, steps), session.host(), session.knowledge),
        install=session.install(told.lasting, told.arguments, steps, interpreter),
        modules=tuple(module for recipe in recipes if recipe for module in recipe.modules),
        diagnosis=diagnosis,
        unmet=found.unmet,
        files=files_of(session.files),
        target=interpreter.path,
        arrivals=arrivals,
        notes=(*found.notes, *plan_notes(session, steps, arrivals)),
    )
