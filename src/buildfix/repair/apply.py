"""Applying the steps of a plan that was agreed to, each with the rights that it needs."""

from __future__ import annotations

import re
import time
from collections import deque
from collections.abc import Generator, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from buildfix import events
from buildfix.hosts.local import with_packages
from buildfix.hosts.setups import answer, holds
from buildfix.installers import redacted
from buildfix.managers import manager_for
from buildfix.model import Command, Host, Step
from buildfix.repair.brought import noted
from buildfix.repair.session import Ending, MaybeEnding, Session

_LOCK_SECONDS = 600.0
_LOCK_PAUSE = 2.0
_SETUP_PAUSE = 5.0
_TAIL = 20
_ERROR = re.compile(r"\b(?:error|E|fatal): ", re.IGNORECASE)
"""What package managers write in the line that says why."""
_ENGLISH = (("LC_ALL", "C"),)
"""A held lock is recognised by what package managers say in English."""


def obstacle(session: Session, steps: Sequence[Step]) -> Ending | None:
    """Return the ending where only a person can take these steps."""
    manual = tuple(step for step in steps if step.kind == "manual")
    if manual:
        return Ending("person-needed", "A person has to take a step.", manual)
    privileged = tuple(step for step in steps if step.privileged)
    lack = _lack_of_rights(session.host(), unattended=session.request.unattended)
    return Ending("person-needed", lack, privileged) if privileged and lack else None


def _lack_of_rights(host: Host, *, unattended: bool) -> str:
    """Return why privileged steps cannot be taken here, nothing where they can."""
    if host.privilege == "none" and host.system == "win32":
        return "The plan needs an administrator: run it in a terminal opened as administrator."
    if host.privilege == "none":
        return "The plan needs root, and there is no sudo."
    if host.privilege == "sudo-password" and unattended:
        return "The plan needs root, and sudo asks for a password."
    return ""


def apply(session: Session, steps: Sequence[Step]) -> MaybeEnding:
    """Take the steps in their order; returns the ending where one fails."""
    for step in steps:
        session.begun = step
        with noted(session, step):
            failed = yield from _take(session, step)
        session.begun = None
        if failed:
            return failed
        session.take_in(step)
    session.facts = with_packages(session.host(), session.machine, session.knowledge)
    return None


def _take(session: Session, step: Step) -> MaybeEnding:
    with _marked(step.marker):
        filled = _filled(session, step)
        if isinstance(filled, Ending):
            return filled
        command = _command_of(session, filled)
        yield events.StepStarted(filled, command.argv)
        if not command.argv:
            yield events.StepFinished(filled, 0)
            return None
        returncode, tail = yield from _run_unlocked(session, filled, command)
    if returncode in filled.success:
        returncode = 0
    there = yield from _waited(session, filled, returncode)
    yield events.StepFinished(filled, 0 if there else returncode)
    if there:
        return None
    if filled.until and returncode == 0:
        minutes = step.wait // 60
        return Ending("person-needed", f"Not done after {minutes} minutes: {step.summary}", (step,))
    return Ending("unfixed", f"`{redacted(' '.join(filled.argv))}` failed: {_told_by(tail)}.")


def _told_by(tail: Sequence[str]) -> str:
    """Return the line that says what went wrong, without a full stop: the last one that says so."""
    lines = [line.strip() for line in tail if line.strip()]
    errors = [line for line in lines if _ERROR.search(line)]
    return (errors or lines or ["it said nothing"])[-1].rstrip(".")


def _filled(session: Session, step: Step) -> Step | Ending:
    """Return the step with what it has to find out first, or the ending where there is nothing."""
    if step.discover is None:
        return step
    found = answer(session.machine, step.discover)
    if found is None:
        asked = redacted(" ".join(step.discover.argv))
        return Ending("person-needed", f"`{asked}` does not offer it: {step.summary}", (step,))
    return replace(step, argv=tuple(word.format(**found) for word in step.argv))


@contextmanager
def _marked(path: str | None) -> Iterator[None]:
    """Have a file there meanwhile."""
    if path is None:
        yield
        return
    Path(path).touch()
    try:
        yield
    finally:
        Path(path).unlink(missing_ok=True)


def _waited(session: Session, step: Step, returncode: int) -> Generator[events.Event, None, bool]:
    """Return whether a step is done, once that shows or its time is over.

    What a step is `until` counts for more than its exit status: Apple's tools call it a failure
    that all is there already.
    """
    if step.until is None:
        return returncode == 0
    deadline = time.monotonic() + (step.wait if returncode == 0 else 0)
    told = False
    while not holds(session.machine, step.until):
        if time.monotonic() >= deadline:
            return False
        if not told:
            yield events.Waiting(f"{step.summary} (at most {step.wait // 60} minutes)")
        told = True
        time.sleep(_SETUP_PAUSE)
    return True


def _run_unlocked(
    session: Session, step: Step, command: Command
) -> Generator[events.Event, None, tuple[int, Sequence[str]]]:
    """Run a command, again and again while another process holds its package manager's lock."""
    manager = manager_for(step.manager, session.host()) if step.manager else None
    deadline = time.monotonic() + _LOCK_SECONDS
    while True:
        tail: deque[str] = deque(maxlen=_TAIL)
        with session.machine.stream(command.argv, (*_ENGLISH, *command.env)) as stream:
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
