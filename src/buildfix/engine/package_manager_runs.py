"""Runs package managers: never stopped midway, retried if that helps."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Generator, Sequence

from buildfix.catalog.manager_messages import Reading
from buildfix.core import Command, Step, events
from buildfix.core.light_dataclass import dataclass
from buildfix.core.redaction import redacted
from buildfix.engine.session import Session
from buildfix.engine.sudo import ENGLISH, as_user, password_given
from buildfix.machines.interrupts import Interrupts, held_back, terminal_kept
from buildfix.package_managers import PackageManager, manager_for

_LOCK_SECONDS = 600.0
_LOCK_PAUSE = 2.0
_TAIL = 200


@dataclass(frozen=True)
class Ran:
    """A command that has ended."""

    returncode: int
    tail: Sequence[str] = ()
    """The last lines of output."""
    interrupts: int = 0
    """How often the run was interrupted meanwhile; the second one killed the command."""


Running = Generator[events.Event, None, Ran]


def manager_of_step(session: Session, step: Step) -> PackageManager | None:
    """Return the package manager that a step runs; None if the step only looks something up."""
    manager = manager_for(step.manager, session.host()) if step.manager else None
    return manager if manager and step.privileged == manager.privileged else None


def run_managed(session: Session, step: Step, command: Command, manager: PackageManager) -> Running:
    """Run a package manager's command; if its lists are at fault, refresh them and retry once."""
    ran = yield from _unlocked(session, step, command, manager)
    reading = reading_of(session, step, ran) if ran.returncode and not ran.interrupts else None
    if reading is None or reading.message.means == "reason":
        return ran
    commands = manager.renew(corrupt=reading.message.means == "corrupt")
    if not commands:
        return ran
    yield events.Notice(f"{reading.reason}. Refreshing the package lists and trying again")
    for one in commands:
        renewing = as_user(session, one, privileged=step.privileged)
        renewed = yield from _unlocked(session, step, renewing, manager)
        if renewed.interrupts:
            return renewed
    if any(one.argv == step.argv for one in commands):
        return renewed
    return (yield from _unlocked(session, step, command, manager))


def reading_of(session: Session, step: Step, ran: Ran) -> Reading | None:
    """Return the known meaning of a package manager's output."""
    return session.knowledge.manager_words.read(step.manager or "", list(ran.tail))


def reason_of(session: Session, step: Step, ran: Ran) -> str:
    """Return why a package manager failed, in its own words; empty if unknown."""
    words = session.knowledge.manager_words
    reading = words.read(step.manager or "", list(ran.tail), ("reason", "corrupt", "stale"))
    manager = manager_of_step(session, step)
    if reading is None:
        return ""
    held = sorted(manager.on_hold(session.machine)) if manager else ()
    named = [name for name in held if f" {name} " in f" {reading.reason} "]
    kept = f" (held at their version: {', '.join(named)})" if named else ""
    return f"{reading.reason}{kept}"


def _unlocked(session: Session, step: Step, command: Command, manager: PackageManager) -> Running:
    """Run a command, again while another process holds its package manager's lock."""
    deadline = time.monotonic() + _LOCK_SECONDS
    while True:
        ran = yield from _held(session, step, command)
        holder = manager.waits_for(ran.tail) if ran.returncode and not ran.interrupts else None
        if holder is None or time.monotonic() > deadline:
            return ran
        yield events.Waiting(f"{step.manager} is locked by {holder}")
        time.sleep(_LOCK_PAUSE)


def _held(session: Session, step: Step, command: Command) -> Running:
    """Run a command to its end, unless a second interrupt kills it."""
    command = yield from password_given(session, command)
    program = step.argv[0].rpartition("/")[2]
    tail: deque[str] = deque(maxlen=_TAIL)
    with held_back() as interrupts, terminal_kept():
        seen = 0
        environ = (*ENGLISH, *command.env)
        with session.machine.stream(command.argv, environ, held=interrupts) as stream:
            for line in map(redacted, stream):
                if line or interrupts.count == seen:
                    tail.append(line)
                    yield events.StepOutput(line)
                if interrupts.count > seen:
                    yield events.Notice(_words_of(interrupts, program))
                    seen = interrupts.count
        return Ran(stream.returncode, tail, interrupts.count)


def _words_of(interrupts: Interrupts, program: str) -> str:
    if interrupts.count == 1:
        return f"{program} is finishing its current step; press Ctrl-C again to kill it"
    return f"killing {program}"
