"""Applying the steps of a plan that was agreed to, each with the rights that it needs."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Generator, Sequence

from buildfix import events
from buildfix.hosts import describe
from buildfix.hosts.local import with_packages
from buildfix.installers import redacted
from buildfix.managers import manager_of
from buildfix.model import Command, Step
from buildfix.repair.session import Ending, MaybeEnding, Session

_LOCK_SECONDS = 600.0
_LOCK_PAUSE = 2.0
_TAIL = 20


def obstacle(session: Session, steps: Sequence[Step]) -> Ending | None:
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


def apply(session: Session, steps: Sequence[Step]) -> MaybeEnding:
    """Take the steps in their order; returns the ending where one fails."""
    for step in steps:
        failed = yield from _take(session, step)
        if failed:
            return failed
        session.applied.append(step)
        session.rebuild += step.rebuild
        if step.target:
            session.interpreter = describe(session.machine, step.target)
            session.facts = session.host().with_interpreter(session.interpreter)
    session.facts = with_packages(session.host(), session.machine, session.knowledge)
    return None


def _take(session: Session, step: Step) -> MaybeEnding:
    command = _command_of(session, step)
    yield events.StepStarted(step, command.argv)
    if not command.argv:
        yield events.StepFinished(step, 0)
        return None
    returncode, tail = yield from _run_unlocked(session, step, command)
    yield events.StepFinished(step, returncode)
    if returncode == 0:
        return None
    said = next((line for line in reversed(tail) if line.strip()), "it said nothing")
    return Ending("unfixed", f"`{' '.join(step.argv)}` failed: {said.strip()}.")


def _run_unlocked(
    session: Session, step: Step, command: Command
) -> Generator[events.Event, None, tuple[int, Sequence[str]]]:
    """Run a command, again and again while another process holds its package manager's lock."""
    manager = manager_of(step.manager) if step.manager else None
    deadline = time.monotonic() + _LOCK_SECONDS
    while True:
        tail: deque[str] = deque(maxlen=_TAIL)
        with session.machine.stream(command.argv, command.env) as stream:
            for line in map(redacted, stream):
                tail.append(line)
                yield events.StepOutput(line)
        holder = manager.waits_for(tail) if manager and stream.returncode else None
        if holder is None or time.monotonic() > deadline:
            return stream.returncode, tail
        yield events.Waiting(f"{step.manager}'s lock is held by {holder}")
        time.sleep(_LOCK_PAUSE)


def _command_of(session: Session, step: Step) -> Command:
    """Return how this user runs a step's command: as it is, or through sudo."""
    privilege = session.host().privilege
    if not step.privileged or privilege == "root":
        return Command(step.argv, step.env)
    ask = () if privilege == "sudo-password" else ("-n",)
    variables = tuple(f"{name}={value}" for name, value in step.env)
    return Command(("sudo", *ask, "env", *variables, *step.argv))
