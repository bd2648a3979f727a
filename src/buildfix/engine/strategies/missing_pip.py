"""A missing installer: how to install pip or uv, and whose pip is used for queries meanwhile."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

from buildfix.core import Interpreter, Need, PlanDraft, learned
from buildfix.core.errors import TargetError
from buildfix.core.system import HERE
from buildfix.engine.session import Session
from buildfix.forecast.known_needs import environment_needs
from buildfix.installers import installer_of
from buildfix.installers.requirements import ParsedRequest
from buildfix.platforms.interpreter import describe

PIP = Need("installer", "pip")


def handle(
    request: ParsedRequest,
    target: Interpreter,
    folder: Path,
    has: Callable[[str], bool] = lambda _: True,
) -> tuple[Need, ...]:
    """Return what is needed if the installer is missing.

    That is pip, or a virtual environment in `folder`, which has its own; for an installer with a
    program, that program if the host does not have it, which pip installs.
    """
    program = installer_of(request.installer).program
    brings = (Need("installer", program),) if program and not has(program) else ()
    if not brings and (program or target.pip is not None):
        return ()
    pip = () if target.pip is not None else (PIP,)
    return (*(environment_needs(request, target, folder) or pip), *brings)


def lacking(session: Session) -> tuple[Need, ...]:
    """Return what `handle` does for a run; on another host, pip is assumed."""
    request, target = session.request, session.interpreter
    if session.local:
        which = session.machine.which
        return handle(request, target, Path.cwd(), lambda program: which(program) is not None)
    known = replace(target, pip=target.pip or "0")
    return handle(request, known, Path(), session.host().commands.__contains__)


def check_pip(session: Session) -> None:
    """Raise TargetError if the installer is missing and cannot be installed."""
    needs, target = lacking(session), session.interpreter
    draft = session.draft_plan(needs) if needs else PlanDraft()
    if not needs or (draft.steps and not draft.unmet):
        return
    if program := installer_of(session.request.installer).program:
        why = "; ".join(why for _, why in draft.unmet)
        says = f"{program} is not on PATH, and pip cannot install it: {why}."
        raise TargetError(says, do="Install it, or use --installer pip.")
    bring = f"Run `{target.path} -m ensurepip`" if target.can_make_venv else "Install pip"
    raise TargetError(f"{target.path} has no pip.", do=f"{bring}, or use --installer uv.")


def assume_pip(session: Session) -> None:
    """Continue as if the target had pip, in the version of the one used for queries."""
    if session.interpreter.pip is not None:
        return
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
