"""A target without pip: what brings it one, and whose pip can be asked meanwhile."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from buildfix.core import Interpreter, Need, Step
from buildfix.core.errors import TargetError
from buildfix.engine.session import Session
from buildfix.installers import installer_of
from buildfix.platforms import describe

PIP = Need("installer", "pip")


def lacks_pip(session: Session) -> bool:
    """Say whether pip is to install and the target has none."""
    return installer_of(session.request.installer).uses_pip and session.interpreter.pip is None


def check_pip(session: Session) -> None:
    """Raise TargetError where pip is to install, the target has none, and none can be brought."""
    if lacks_pip(session) and not pip_steps(session):
        path = session.interpreter.path
        raise TargetError(
            f"{path} has no pip.", do=f"Run `{path} -m ensurepip`, or use --installer uv."
        )


def pip_steps(session: Session) -> tuple[Step, ...]:
    """Return the steps that bring pip into the target, none where it has one or cannot get one."""
    return session.draft_plan((PIP,)).steps if lacks_pip(session) else ()


def pip_to_ask(session: Session) -> Interpreter:
    """Return the target, or where it has no pip another interpreter with one, if there is any."""
    if not lacks_pip(session):
        return session.interpreter
    found = (describe(session.machine, path) for path in _others(session))
    return next((one for one in found if one.pip), session.interpreter)


def as_with_pip(session: Session, asked_of: Interpreter) -> None:
    """Plan on as if the target had its pip: of which version is not known, so of the one asked."""
    session.interpreter = replace(session.interpreter, pip=asked_of.pip or "0")
    session.facts = session.host().with_interpreter(session.interpreter)


def without_repetition(steps: Sequence[Step], before: Sequence[Step]) -> tuple[Step, ...]:
    """Return the steps but for commands that were run `before`, such as fetching lists."""
    done = {step.argv for step in before if step.argv}
    return tuple(step for step in steps if step.argv not in done)


def _others(session: Session) -> Iterator[str]:
    """Yield the interpreter that the target was made from, then buildfix's own."""
    base = Path(session.interpreter.base_prefix)
    program = base / "python.exe" if os.name == "nt" else base / "bin" / "python3"
    for path in (str(program), sys.executable):
        if session.machine.which(path):
            yield path
