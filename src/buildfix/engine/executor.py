"""Applies the steps of an accepted plan, each with the privileges that it needs."""

from __future__ import annotations

import os
import re
import time
from collections import deque
from collections.abc import Generator, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from buildfix.core import (
    Command,
    CreateEnvironment,
    Host,
    InstallPackages,
    InstallToolchain,
    Manual,
    Pin,
    Step,
    events,
    learned,
)
from buildfix.core.redaction import redacted
from buildfix.engine.machine_changes import choose_target
from buildfix.engine.outcome import Ending, MaybeEnding
from buildfix.engine.package_manager_runs import (
    Ran,
    manager_of_step,
    reason_of,
    run_managed,
)
from buildfix.engine.session import Session
from buildfix.engine.step_changes import Watch, watched
from buildfix.engine.sudo import ENGLISH, as_user
from buildfix.machines.interrupts import terminal_kept
from buildfix.platforms.interpreter import describe
from buildfix.platforms.setups import answer, holds
from buildfix.providers.unprivileged import no_room

_SETUP_PAUSE = 5.0
_TAIL = 20
_ERROR = re.compile(r"\b(?:error|E|fatal): ", re.IGNORECASE)
"""Matches the lines in which package managers give the reason."""


def obstacle(session: Session, steps: Sequence[Step]) -> Ending | None:
    """Return the ending if only a person can perform these steps."""
    manual = tuple(step for step in steps if isinstance(step, Manual))
    if manual:
        return Ending("person-needed", "A step must be done manually.", manual)
    privileged = tuple(step for step in steps if step.privileged)
    host = session.host()
    lack = no_room(host, privileged, session.knowledge) or _lack_of_rights(
        host, unattended=session.request.unattended
    )
    return Ending("person-needed", lack, privileged) if privileged and lack else None


def _lack_of_rights(host: Host, *, unattended: bool) -> str:
    """Return why privileged steps are impossible here; empty if they are possible."""
    if host.privilege == "none" and host.system == "win32":
        return (
            "The plan needs administrator rights: run buildfix in a terminal opened as "
            "administrator."
        )
    if host.privilege == "none":
        return "The plan needs root, but sudo is not installed."
    if host.privilege == "sudo-password" and unattended:
        return "The plan needs root, but sudo requires a password."
    return ""


def apply(session: Session, steps: Sequence[Step]) -> MaybeEnding:
    """Apply the steps in order; return the ending if one fails.

    Raises KeyboardInterrupt after a step that was allowed to finish.
    """
    from buildfix.platforms.host_facts import with_packages  # slow to load

    for step in steps:
        failed = yield from _one(session, step)
        if failed:
            return failed
    seen = with_packages(session.host(), session.machine, session.knowledge)
    session.journal.add(learned.HostSeen(seen))
    return None


def record_applied(session: Session, step: Step) -> None:
    """Record a step that was applied, and its effects."""
    told = session.variables_with(step.variables)
    session.journal.add(learned.StepApplied(step, tuple(told.items())))
    if isinstance(step, Pin):
        session.forecast_builds()
    if path := dict(step.variables).get("PATH"):
        host = session.host()
        folders = (*path.split(os.pathsep), *host.build_path)
        session.journal.add(learned.HostSeen(replace(host, build_path=folders)))
    if isinstance(step, CreateEnvironment):
        choose_target(session, describe(session.machine, step.target))
    elif isinstance(step, InstallPackages) and session.interpreter.pip is None:
        choose_target(session, describe(session.machine, session.interpreter.path))


def _one(session: Session, step: Step) -> MaybeEnding:
    with watched(session, step) as watch:
        ran, failed = yield from _take(session, step)
        if failed and watch and isinstance(step, InstallPackages):
            failed = yield from _compared(session, watch, failed)
    if failed is None:
        record_applied(session, step)
    elif step.looks_up:
        session.journal.add(learned.LookUpSkipped(step.looks_up, failed.reason.rstrip(".")))
        yield events.Notice(f"Continuing without the {step.looks_up}: {failed.reason}")
    if ran.interrupts:
        raise KeyboardInterrupt
    return None if step.looks_up else failed


def _compared(session: Session, watch: Watch, failed: Ending) -> MaybeEnding:
    """Return the ending of a failed step, unless it installed everything anyway."""
    if not watch.installed_all():
        watch.cut_short()
        lists = session.state.skipped.get("package lists")
        more = f" Before that, fetching the package lists failed: {lists}." if lists else ""
        return replace(failed, reason=f"{failed.reason}{more}")
    others = ", ".join(watch.foreign())
    so_before = f" (before this run, {others} was already only partly installed)" if others else ""
    yield events.Notice(f"{failed.reason} The required packages are installed anyway{so_before}.")
    return None


def _take(session: Session, step: Step) -> Generator[events.Event, None, tuple[Ran, Ending | None]]:
    """Run a step; return how its command ended, and the ending if the step failed."""
    toolchain = step if isinstance(step, InstallToolchain) else InstallToolchain("")
    with _marked(toolchain.marker):
        filled = _filled(session, step)
        if isinstance(filled, Ending):
            return Ran(1), filled
        plain = Command(filled.argv, filled.env)
        command = as_user(session, plain, privileged=filled.privileged)
        yield events.StepStarted(filled, command.argv)
        if not command.argv:
            yield events.StepFinished(filled, 0)
            return Ran(0), None
        ran = yield from _run(session, filled, command)
    if ran.returncode in filled.success:
        ran = replace(ran, returncode=0)
    there = yield from _waited(session, toolchain, ran.returncode)
    yield events.StepFinished(filled, 0 if there else ran.returncode)
    if there:
        return ran, None
    if toolchain.until and ran.returncode == 0:
        minutes = toolchain.wait // 60
        late = f"Timed out after {minutes} minutes: {step.summary}"
        return ran, Ending("person-needed", late, (step,))
    why = reason_of(session, filled, ran) or _told_by(ran.tail)
    return ran, Ending("unfixed", f"`{redacted(' '.join(filled.argv))}` failed: {why}.")


def _run(session: Session, step: Step, command: Command) -> Generator[events.Event, None, Ran]:
    manager = manager_of_step(session, step)
    if manager:
        return (yield from run_managed(session, step, command, manager))
    tail: deque[str] = deque(maxlen=_TAIL)
    with terminal_kept(), session.machine.stream(command.argv, (*ENGLISH, *command.env)) as stream:
        for line in map(redacted, stream):
            tail.append(line)
            yield events.StepOutput(line)
    return Ran(stream.returncode, tail)


def _told_by(tail: Sequence[str]) -> str:
    """Return the last line with an error, or else the last line, without a full stop."""
    lines = [line.strip() for line in tail if line.strip()]
    errors = [line for line in lines if _ERROR.search(line)]
    return (errors or lines or ["no output"])[-1].rstrip(".")


def _filled(session: Session, step: Step) -> Step | Ending:
    """Return the step with its discovered values, or the ending if there are none."""
    if not isinstance(step, InstallToolchain) or step.discover is None:
        return step
    found = answer(session.machine, step.discover)
    if found is None:
        asked = redacted(" ".join(step.discover.argv))
        return Ending(
            "person-needed",
            f"`{asked}` does not list what this step installs: {step.summary}",
            (step,),
        )
    return replace(step, argv=tuple(word.format(**found) for word in step.argv))


@contextmanager
def _marked(path: str | None) -> Iterator[None]:
    """Make a file exist during the block."""
    if path is None:
        yield
        return
    Path(path).touch()
    try:
        yield
    finally:
        Path(path).unlink(missing_ok=True)


def _waited(
    session: Session, step: InstallToolchain, returncode: int
) -> Generator[events.Event, None, bool]:
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
