"""Inspects the target before and after a run, for the records at its start and end."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING

from buildfix.core import (
    Interpreter,
    MissingFeature,
    Need,
    RemovePackages,
    learned,
)
from buildfix.core.changes import Halt, TargetChange
from buildfix.core.errors import BuildfixError
from buildfix.diagnosis.missing_features import broken_parts, builds_in, unused_features
from buildfix.engine.journal import begun
from buildfix.installers.configuration import is_on, pip_settings
from buildfix.installers.requirements import distributions_asked, goes_elsewhere
from buildfix.platforms.site_packages import snapshot, target_change

if TYPE_CHECKING:
    from buildfix.engine.outcome import Ending
    from buildfix.engine.session import Session

_QUIET = re.compile(r"--quiet|-[Uv]*q[qUv]*")
_REPORTED = (0, 1)
"""How uv ends after it has installed, or before that (uv's documentation, "Exit codes")."""


def choose_target(session: Session, interpreter: Interpreter) -> None:
    """Record the interpreter to install into from now on, and its contents."""
    before = snapshot(interpreter.site) if session.local else None
    session.journal.add(learned.TargetChosen(interpreter, before))


def conclude(session: Session, ending: Ending, halt: Halt | None = None) -> None:
    """Record how a run ended, and the state of everything."""
    somewhere = begun(session.journal.records)
    concluded = learned.RunConcluded(
        ending.outcome,
        ending.reason,
        ending.todo,
        _target_change(session, halt),
        goes_elsewhere(session.request, session.environ) if somewhere else "",
        _left_out(session) if ending.outcome == "installed" else (),
        halt,
    )
    session.journal.add(concluded)


def _target_change(session: Session, halt: Halt | None) -> TargetChange:
    """Return what this run changed in the target, as far as its installers say what they do."""
    before = session.state.targets.get(session.interpreter.path)
    if before is None:
        return TargetChange()
    asked = distributions_asked(session.request)
    change = target_change(before, session.interpreter.site, asked)
    if not change.seen or not _installers_reported(session, halt):
        return change
    reported = session.state.reported
    added = (one for one in change.added if one.name in reported.installed or one in change.asked)
    removed = (one for one in change.removed if one.name in reported.removed)
    return replace(change, added=tuple(added), removed=tuple(removed))


def _installers_reported(session: Session, halt: Halt | None) -> bool:
    """Return whether the output of the installers names all that they changed.

    It does not if the user has silenced them, or if uv, which reports at its end, was stopped.
    """
    attempts = session.state.attempts
    stopped = halt is not None or any(one.returncode not in _REPORTED for one in attempts)
    if session.request.installer == "uv" and stopped:
        return False
    settings = pip_settings(session.environ, session.interpreter.prefix)
    if is_on(settings.get("quiet")) or any(map(_QUIET.fullmatch, session.request.installer_args)):
        return False
    logs = [Path(one.log) for one in attempts if one.log]
    return not logs or any(log.is_file() and log.stat().st_size for log in logs)


def _left_out(session: Session) -> tuple[MissingFeature, ...]:
    """Return what builds left out; errors in finding out are ignored."""
    try:
        return missing_features(session)
    except (BuildfixError, OSError):
        return session.state.verified.parts_missing


def missing_features(session: Session) -> tuple[MissingFeature, ...]:
    """Return what is missing from the built modules because of something known to be missing here.

    What failed verification comes first. Each feature is reported once for each project, by name,
    however many of its headers and libraries were looked for.
    """
    foreseen, verified = session.foreseen_so_far(), session.state.verified
    logs = [one.log for one in session.state.attempts]
    if session.analysis.begun and logs and builds_in(logs[-1]):
        foreseen = session.foreseen()  # a quick build is done before its source is read
    missing = broken_parts(verified.parts_missing, verified.proofs, foreseen.compiled, logs)
    built = {proof.distribution for proof in verified.proofs}
    optional = {name: needs for name, needs in foreseen.optional.items() if name in built}
    return (*missing, *_unused(session, optional)) if optional else missing


def _unused(
    session: Session, optional: Mapping[str, tuple[Need, ...]]
) -> tuple[MissingFeature, ...]:
    """Return the optional features that builds could not use, with the packages for them."""
    session.draft_plan(chain.from_iterable(optional.values()))  # the lists are asked all at once
    applied = set(chain.from_iterable(step.packages for step in session.state.applied))
    for step in session.state.applied:
        if isinstance(step, RemovePackages):
            applied.update(step.removes)

    def packages_for(need: Need) -> tuple[str, ...]:
        return tuple(chain.from_iterable(one.packages for one in session.draft_plan([need]).steps))

    return tuple(unused_features(optional, applied, session.knowledge, packages_for))
