"""The loop: attempt, diagnose, prescribe, agree, apply, and round again until the module imports.

A generator of events that knows no screen; what it decides, the judgements below it have decided.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

from buildfix import events
from buildfix.diagnose import decoded, diagnose
from buildfix.errors import PersonNeeded, TargetError
from buildfix.foresee import foresee
from buildfix.hosts import describe, find_interpreter, gather
from buildfix.hosts.local import with_packages
from buildfix.installers import install_command, redacted
from buildfix.installers.requirements import check, distributions_asked, named_projects
from buildfix.knowledge import Knowledge
from buildfix.managers import manager_of
from buildfix.model import (
    Attempt,
    Cause,
    Command,
    Diagnosis,
    Host,
    Interpreter,
    Need,
    Outcome,
    Plan,
    Proof,
    Report,
    Request,
    Step,
    Timing,
)
from buildfix.prescribe import Prescription, needs_of, prescribe
from buildfix.run import Machine
from buildfix.verify import ImportFailure, verify

Consent = Callable[[Plan], bool]
"""Asks whether a plan may be applied."""

Events = Generator[events.Event, None, "Ending | None"]

_LOCK_SECONDS = 600.0
_LOCK_PAUSE = 2.0
_TAIL = 20


@dataclass(frozen=True)
class Ending:
    """How it ends, and why, in a line."""

    outcome: Outcome
    reason: str = ""
    todo: tuple[Step, ...] = ()


@dataclass
class _Session:
    """What has been learned and done so far."""

    request: Request
    machine: Machine
    knowledge: Knowledge
    logs: Path
    interpreter: Interpreter
    consent: Consent = field(default=lambda _: True)
    scratch: Path | None = None
    """In a dry run, the folder to install into in place of the environment."""
    attempts: list[Attempt] = field(default_factory=list)
    applied: list[Step] = field(default_factory=list)
    settled: set[Need] = field(default_factory=set)
    proofs: tuple[Proof, ...] = ()
    started: float = field(default_factory=time.monotonic)
    spent: dict[str, float] = field(default_factory=dict)
    facts: Host | None = None

    def host(self) -> Host:
        """Return the host's facts, gathered when they are first needed."""
        if self.facts is None:
            self.facts = gather(self.machine, self.knowledge, self.interpreter)
        return self.facts

    @property
    def last_log(self) -> str:
        return self.attempts[-1].log if self.attempts else ""

    @property
    def install(self) -> Command:
        return install_command(self.request, self.interpreter)

    @contextmanager
    def timed(self, part: str) -> Iterator[None]:
        """Count the time within as spent in this part of the work."""
        start = time.monotonic()
        try:
            yield
        finally:
            self.spent[part] = self.spent.get(part, 0.0) + time.monotonic() - start

    def report(self, ending: Ending) -> Report:
        """Return the story so far with this end."""
        return Report(
            outcome=ending.outcome,
            requirements=self.request.words,
            attempts=tuple(self.attempts),
            applied=tuple(self.applied),
            proofs=self.proofs,
            reason=ending.reason,
            todo=ending.todo,
            interpreter=self.interpreter.path,
            timing=Timing(total=time.monotonic() - self.started, **self.spent),
        )


def repair(
    request: Request, machine: Machine, knowledge: Knowledge, consent: Consent, logs: Path
) -> Iterator[events.Event]:
    """Install what was asked, putting right what stands in the way; yields events, Finished last.

    Logs are written below `logs`. Raises UsageError and TargetError before anything is done,
    RecipeError for a recipe that cannot be read.
    """
    session = _open(request, machine, knowledge, logs, consent)
    try:
        ending = yield from _rounds(session)
    except KeyboardInterrupt:
        ending = Ending("interrupted", "Interrupted.")
    except PersonNeeded as error:
        ending = Ending("person-needed", str(error))
    yield events.Finished(session.report(ending))


def foretell(
    request: Request, machine: Machine, knowledge: Knowledge, scratch: Path
) -> Iterator[events.Event]:
    """Say what `repair` would do, changing nothing outside `scratch`; PlanProposed is the last.

    What no recipe foretells, a trial build in `scratch` does. Raises as `repair` does.
    """
    session = _open(request, machine, knowledge, scratch, lambda _: False)
    session.scratch = scratch / "trial"
    needs = foresee(request, session.interpreter, knowledge, Path.cwd())
    foreseen = prescribe(needs, session.host(), knowledge) if needs else Prescription()
    diagnosis = yield from _attempt(session)
    causes = diagnosis.causes if diagnosis else ()
    wanted = (*needs, *needs_of(causes))
    steps = prescribe(wanted, session.host(), knowledge, causes).steps if causes else foreseen.steps
    yield events.PlanProposed(_plan(session, steps, diagnosis), session.last_log)


def _open(
    request: Request, machine: Machine, knowledge: Knowledge, logs: Path, consent: Consent
) -> _Session:
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
    return _Session(request, machine, knowledge, logs, interpreter, consent)


def _rounds(session: _Session) -> Generator[events.Event, None, Ending]:
    with session.timed("foresee"):
        needs = foresee(session.request, session.interpreter, session.knowledge, Path.cwd())
        first = prescribe(needs, session.host(), session.knowledge) if needs else Prescription()
    ending = (yield from _settle(session, needs, first.steps, None)) if first.steps else None
    while ending is None:
        diagnosis = yield from _attempt(session)
        if diagnosis is None:
            return Ending("installed")
        ending = yield from _answer(session, diagnosis)
    return ending


def _attempt(session: _Session) -> Generator[events.Event, None, Diagnosis | None]:
    """Run the installer and prove the result; returns what went wrong, None where nothing did."""
    number = len(session.attempts) + 1
    log = session.logs / f"attempt-{number}.log"
    command = _trial_command(session) if session.scratch else session.install
    yield events.AttemptStarted(number, command, str(log))
    with session.timed("install"):
        attempt = yield from _run_installer(session, command, log)
    if attempt.returncode != 0:
        diagnosis = _diagnose_log(log, session.knowledge)
    elif session.scratch:
        diagnosis = None
    else:
        with session.timed("verify"):
            diagnosis = yield from _prove(session, log)
    attempt = replace(attempt, diagnosis=diagnosis)
    session.attempts.append(attempt)
    yield events.AttemptFinished(attempt)
    if diagnosis:
        yield events.CauseFound(diagnosis, str(log))
    return diagnosis


def _trial_command(session: _Session) -> Command:
    request = session.request
    plain = replace(request, requirements=(*request.requirements, *request.editables), editables=())
    return install_command(plain, session.interpreter, target=str(session.scratch))


def _run_installer(
    session: _Session, command: Command, log: Path
) -> Generator[events.Event, None, Attempt]:
    started = time.monotonic()
    log.parent.mkdir(parents=True, exist_ok=True)
    with (
        log.open("w", encoding="utf-8") as file,
        session.machine.stream(command.argv, command.env, own_session=True) as stream,
    ):
        for line in map(redacted, stream):
            file.write(line + "\n")
            yield events.LogLine(line)
    return Attempt(
        command, str(log), stream.returncode, time.monotonic() - started, stream.peak_rss
    )


def _diagnose_log(log: Path, knowledge: Knowledge) -> Diagnosis:
    """Return what a failed attempt's log says; that it failed is known, whatever it says."""
    with log.open("rb") as file:
        diagnosis = diagnose(decoded(file), knowledge)
    if diagnosis.failed:
        return diagnosis
    lost = "The installer failed, and its log does not say that it did."
    return Diagnosis(failed=True, cause=Cause("unknown", "-", 1, ""), says=lost)


def _prove(session: _Session, log: Path) -> Generator[events.Event, None, Diagnosis | None]:
    verdict = verify(
        session.machine,
        session.interpreter,
        distributions_asked(session.request),
        session.knowledge,
    )
    if verdict.failures:
        return (yield from _diagnose_import(session, verdict.failures[0], log))
    session.proofs = verdict.proofs
    for proof in verdict.proofs:
        yield events.Verified(proof)
    return None


def _diagnose_import(
    session: _Session, failure: ImportFailure, log: Path
) -> Generator[events.Event, None, Diagnosis]:
    message = redacted(failure.message)
    log.with_suffix(".import.log").write_text(message + "\n", encoding="utf-8")
    diagnosis = diagnose([message], session.knowledge)
    if diagnosis.cause is None:
        lines = message.split("\n")
        unknown = Cause("unknown", "-", len(lines), lines[-1])
        diagnosis = Diagnosis(failed=True, cause=unknown, says="The module does not import.")
    yield events.ImportFailed(failure.distribution, failure.module, diagnosis.cause)
    return replace(diagnosis, failed=True, project=failure.distribution, phase="import")


def _answer(session: _Session, diagnosis: Diagnosis) -> Events:
    """Do what a diagnosis asks for; returns the ending where there is nothing to do."""
    if len(session.attempts) >= session.request.max_rounds:
        return Ending("unfixed", f"Still failing after {len(session.attempts)} attempts.")
    if not diagnosis.known or diagnosis.cause is None:
        return Ending("unfixed", "The cause is not known to buildfix.")
    needs = needs_of(diagnosis.causes)
    if needs[0] in session.settled:
        return Ending("unfixed", f"The same cause came back after its remedy: {diagnosis.cause}.")
    new = tuple(need for need in needs if need not in session.settled)
    with session.timed("foresee"):
        found = prescribe(new, session.host(), session.knowledge, diagnosis.causes)
    if not found.steps:
        return Ending("unfixed", _why_nothing(diagnosis.cause, found))
    return (yield from _settle(session, new, found.steps, diagnosis))


def _why_nothing(cause: Cause, found: Prescription) -> str:
    if found.unmet:
        whys = dict.fromkeys(why for _, why in found.unmet)
        return f"Nothing here puts it right: {'; '.join(whys)}."
    return f"What brings it is installed already, and the build fails all the same ({cause})."


def _settle(
    session: _Session, needs: tuple[Need, ...], steps: tuple[Step, ...], why: Diagnosis | None
) -> Events:
    """Propose steps, have them agreed and apply them; returns the ending if that fails."""
    plan = _plan(session, steps, why)
    yield events.PlanProposed(plan, session.last_log)
    if obstacle := _obstacle(session, steps):
        return obstacle
    if not session.consent(plan):
        return Ending("person-needed", "The plan was not agreed to; nothing of it was done.", steps)
    with session.timed("apply"):
        for step in steps:
            ending = yield from _apply(session, step)
            if ending:
                return ending
    session.settled.update(needs)
    session.facts = with_packages(session.host(), session.machine, session.knowledge)
    return None


def _plan(session: _Session, steps: tuple[Step, ...], diagnosis: Diagnosis | None) -> Plan:
    target = next((step.target for step in reversed(steps) if step.target), None)
    interpreter = session.interpreter
    if target:
        interpreter = replace(interpreter, path=target)
    recipes = map(session.knowledge.project, named_projects(session.request))
    return Plan(
        requirements=session.request.words,
        host=session.host(),
        steps=steps,
        install=install_command(session.request, interpreter),
        modules=tuple(module for recipe in recipes if recipe for module in recipe.modules),
        diagnosis=diagnosis,
    )


def _obstacle(session: _Session, steps: tuple[Step, ...]) -> Ending | None:
    """Return the ending where only a person can take these steps."""
    manual = tuple(step for step in steps if step.kind == "manual")
    if manual:
        return Ending("person-needed", "A person has to take a step.", manual)
    privilege = session.host().privilege
    lacks = privilege == "none" or (privilege == "sudo-password" and session.request.unattended)
    privileged = tuple(step for step in steps if step.privileged)
    if privileged and lacks:
        how = "there is no sudo" if privilege == "none" else "sudo asks for a password"
        return Ending("person-needed", f"The plan needs root, and {how}.", privileged)
    return None


def _apply(session: _Session, step: Step) -> Events:
    command = _command_of(session, step)
    deadline = time.monotonic() + _LOCK_SECONDS
    yield events.StepStarted(step, command.argv)
    while True:
        tail: deque[str] = deque(maxlen=_TAIL)
        with session.machine.stream(command.argv, command.env) as stream:
            for line in map(redacted, stream):
                tail.append(line)
                yield events.StepOutput(line)
        manager = manager_of(step.manager) if step.manager else None
        holder = manager.waits_for(tail) if manager and stream.returncode else None
        if holder is None or time.monotonic() > deadline:
            break
        yield events.Waiting(f"{step.manager}'s lock is held by {holder}")
        time.sleep(_LOCK_PAUSE)
    yield events.StepFinished(step, stream.returncode)
    if stream.returncode != 0:
        said = next((line for line in reversed(tail) if line.strip()), "it said nothing")
        return Ending("unfixed", f"`{' '.join(step.argv)}` failed: {said.strip()}")
    session.applied.append(step)
    if step.target:
        session.interpreter = describe(session.machine, step.target)
        session.facts = session.host().with_interpreter(session.interpreter)
    return None


def _command_of(session: _Session, step: Step) -> Command:
    """Return how this user runs a step's command: as it is, or through sudo."""
    if not step.privileged or session.host().privilege == "root":
        return Command(step.argv, step.env)
    ask = () if session.host().privilege == "sudo-password" else ("-n",)
    variables = tuple(f"{name}={value}" for name, value in step.env)
    return Command(("sudo", *ask, "env", *variables, *step.argv))
