"""Round and round: the loop itself, and its dry run."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator
from dataclasses import replace
from pathlib import Path

from buildfix import events
from buildfix.errors import PersonNeeded, TargetError
from buildfix.foresee import foresee
from buildfix.hosts import find_interpreter
from buildfix.installers import install_command
from buildfix.installers.requirements import check, named_projects
from buildfix.knowledge import Knowledge
from buildfix.model import Cause, Diagnosis, Need, Plan, Request, Step
from buildfix.prescribe import Prescription, needs_of, prescribe
from buildfix.repair.apply import apply, obstacle
from buildfix.repair.attempt import attempt
from buildfix.repair.parallel import build_settings, fewer_jobs, write_files
from buildfix.repair.peaks import Peaks
from buildfix.repair.session import Ending, MaybeEnding, Session
from buildfix.repair.trial import trial_command
from buildfix.run import Machine

Consent = Callable[[Plan], bool]
"""Asks whether a plan may be applied."""


def repair(
    request: Request,
    machine: Machine,
    knowledge: Knowledge,
    consent: Consent,
    logs: Path,
    peaks: Path | None = None,
) -> Generator[events.Event]:
    """Install what was asked, putting right what stands in the way; yields events, Finished last.

    Logs are written below `logs`; what builds took is remembered in the file `peaks`. Raises
    UsageError and TargetError before anything is done, RecipeError for a recipe that cannot be
    read.
    """
    session = _open(request, machine, knowledge, logs, Peaks(peaks))
    try:
        ending = yield from _rounds(session, consent)
    except KeyboardInterrupt:
        ending = Ending("interrupted", "Interrupted.")
    except PersonNeeded as error:
        ending = Ending("person-needed", str(error))
    yield events.Finished(session.report(ending))


def foretell(
    request: Request,
    machine: Machine,
    knowledge: Knowledge,
    scratch: Path,
    peaks: Path | None = None,
) -> Iterator[events.Event]:
    """Say what `repair` would do, changing nothing outside `scratch`; PlanProposed is the last.

    What no recipe foretells, a trial build in `scratch` does. Raises as `repair` does.
    """
    session = _open(request, machine, knowledge, scratch, Peaks(peaks, learns=False))
    needs = foresee(request, session.interpreter, knowledge, Path.cwd())
    told = build_settings(session)
    write_files(told)
    command = trial_command(request, session.interpreter, scratch, told)
    diagnosis = yield from attempt(session, command, prove=False)
    causes = diagnosis.causes if diagnosis else ()
    found = prescribe((*needs, *needs_of(causes)), session.host(), knowledge, causes)
    yield events.PlanProposed(_plan(session, found.steps, diagnosis))


def _open(
    request: Request, machine: Machine, knowledge: Knowledge, logs: Path, peaks: Peaks
) -> Session:
    """Look at the request and its target before anything is done."""
    check(request)
    interpreter = find_interpreter(machine, request.python)
    if request.installer == "uv" and machine.which("uv") is None:
        raise TargetError("There is no uv on PATH.", do="Install it, or use --installer pip.")
    if request.installer == "pip" and interpreter.pip is None:
        raise TargetError(
            f"{interpreter.path} has no pip.",
            do=f"Run `{interpreter.path} -m ensurepip`, or use --installer uv.",
        )
    return Session(request, machine, knowledge, logs, interpreter, peaks=peaks)


def _rounds(session: Session, consent: Consent) -> Generator[events.Event, None, Ending]:
    ending = yield from _prepare(session, consent)
    while ending is None:
        told = build_settings(session)
        write_files(told)
        command = install_command(
            session.request,
            session.interpreter,
            variables=told.variables,
            arguments=told.arguments,
            rebuild=session.rebuild,
        )
        diagnosis = yield from attempt(session, command)
        if diagnosis is None:
            return Ending("installed")
        ending = yield from _answer(session, diagnosis, consent)
    return ending


def _prepare(session: Session, consent: Consent) -> MaybeEnding:
    """Settle what is known to be needed before anything is built."""
    with session.timed("foresee"):
        needs = foresee(session.request, session.interpreter, session.knowledge, Path.cwd())
        if not needs:
            return None
        steps = prescribe(needs, session.host(), session.knowledge).steps
    return (yield from _settle(session, needs, steps, None, consent)) if steps else None


def _answer(session: Session, diagnosis: Diagnosis, consent: Consent) -> MaybeEnding:
    """Do what a diagnosis asks for; returns the ending where there is nothing to do."""
    if len(session.attempts) >= session.request.max_rounds:
        return Ending("unfixed", f"Still failing after {len(session.attempts)} attempts.")
    if relief := fewer_jobs(session, diagnosis):
        return (yield from relief)
    if not diagnosis.known or diagnosis.cause is None:
        return Ending("unfixed", "The cause is not known to buildfix.")
    needs = needs_of(diagnosis.causes)
    if needs[0] in session.settled:
        return Ending("unfixed", f"The same cause came back after its remedy: {diagnosis.cause}.")
    new = tuple(need for need in needs if need not in session.settled)
    with session.timed("foresee"):
        found = prescribe(new, session.host(), session.knowledge, diagnosis.causes)
    if not found.steps:
        return Ending("unfixed", _why_nothing(session, diagnosis, diagnosis.cause, found))
    return (yield from _settle(session, new, found.steps, diagnosis, consent))


def _why_nothing(session: Session, diagnosis: Diagnosis, cause: Cause, found: Prescription) -> str:
    if found.unmet:
        whys = dict.fromkeys(why for _, why in found.unmet)
        return f"Nothing here puts it right: {'; '.join(whys)}."
    if not session.knowledge.brings(cause.kind):
        return f"{diagnosis.says} {diagnosis.advice}".strip()
    return f"What brings it is installed already, and the build fails all the same ({cause})."


def _settle(
    session: Session,
    needs: tuple[Need, ...],
    steps: tuple[Step, ...],
    diagnosis: Diagnosis | None,
    consent: Consent,
) -> MaybeEnding:
    """Propose steps, have them agreed and apply them; returns the ending if that fails."""
    plan = _plan(session, steps, diagnosis)
    yield events.PlanProposed(plan)
    if blocked := obstacle(session, steps):
        return blocked
    if not consent(plan):
        return Ending("person-needed", "The plan was not agreed to; nothing of it was done.", steps)
    with session.timed("apply"):
        ending = yield from apply(session, steps)
    session.settled.update(needs)
    return ending


def _plan(session: Session, steps: tuple[Step, ...], diagnosis: Diagnosis | None) -> Plan:
    target = next((step.target for step in reversed(steps) if step.target), None)
    interpreter = replace(session.interpreter, path=target) if target else session.interpreter
    rebuild = (*session.rebuild, *(name for step in steps for name in step.rebuild))
    recipes = map(session.knowledge.project, named_projects(session.request))
    told = build_settings(session)
    return Plan(
        requirements=session.request.words,
        host=session.host(),
        steps=steps,
        install=install_command(
            session.request,
            interpreter,
            variables=told.lasting,
            arguments=told.arguments,
            rebuild=rebuild,
        ),
        modules=tuple(module for recipe in recipes if recipe for module in recipe.modules),
        diagnosis=diagnosis,
    )
