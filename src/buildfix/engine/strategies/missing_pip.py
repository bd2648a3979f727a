"""A target without pip: how to install it, and whose pip is used for queries meanwhile."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from buildfix.core import Interpreter, Need, learned
from buildfix.core.errors import TargetError
from buildfix.core.system import HERE
from buildfix.engine.session import Session
from buildfix.forecast.known_needs import environment_needs
from buildfix.installers import installer_of
from buildfix.installers.requirements import ParsedRequest
from buildfix.platforms.interpreter import describe

PIP = Need("installer", "pip")


def handle(request: ParsedRequest, target: Interpreter, folder: Path) -> tuple[Need, ...]:
    """Return what is needed if pip is to install and the target does not have it.

    That is pip, or a virtual environment in `folder`, which has its own.
    """
    if not installer_of(request.installer).uses_pip or target.pip is not None:
        return ()
    return environment_needs(request, target, folder) or (PIP,)


def lacking(session: Session) -> tuple[Need, ...]:
    """Return what `handle` does for a run; nothing for another host, where pip is assumed."""
    if not session.local:
        return ()
    return handle(session.request, session.interpreter, Path.cwd())


def check_pip(session: Session) -> None:
    """Raise TargetError if pip is needed, but the target has none and cannot get one."""
    needs, target = lacking(session), session.interpreter
    if needs and not session.draft_plan(needs).steps:
        bring = f"Run `{target.path} -m ensurepip`" if target.can_make_venv else "Install pip"
        raise TargetError(f"{target.path} has no pip.", do=f"{bring}, or use --installer uv.")


def assume_pip(session: Session) -> None:
    """Continue as if the target had pip, in the version of the one used for queries."""
    described = (describe(session.machine, path) for path in _others(session))
    asked = next((one for one in described if one.pip), session.interpreter)
    target = replace(session.interpreter, pip=asked.pip or "0")
    session.journal.add(learned.PipAssumed(asked, target))


def _others(session: Session) -> Iterator[str]:
    """Yield the interpreter that the target was created from, then buildfix's own."""
    base = Path(session.interpreter.base_prefix)
    program = base / HERE.python
    for path in (str(program), sys.executable):
        if session.machine.which(path):
            yield path
