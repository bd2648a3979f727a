"""What a run changed, and the report of it: functions of its journal and of the target now."""

from __future__ import annotations

from typing import TYPE_CHECKING

from buildfix.core import (
    Interpreter,
    MissingFeature,
    Need,
    RemovePackages,
    Report,
    Timing,
    learned,
)
from buildfix.core.changes import Changes, Halt, TargetChange
from buildfix.core.errors import BuildfixError
from buildfix.diagnosis.missing_features import broken_parts, builds_in, unused_features
from buildfix.engine.journal import begun, last_log, system_changes, unseen_steps
from buildfix.installers.requirements import distributions_asked, goes_elsewhere
from buildfix.platforms.site_packages import snapshot, target_change

if TYPE_CHECKING:
    from buildfix.engine.outcome import Ending
    from buildfix.engine.session import Session


def choose_target(session: Session, interpreter: Interpreter) -> None:
    """Record what is installed into from now on, and what that has."""
    before = snapshot(interpreter.site) if session.local else None
    session.journal.add(learned.TargetChosen(interpreter, before))


def changes(session: Session, halt: Halt | None = None) -> Changes:
    """Return all that a run changed so far, and what ended it from outside."""
    records = session.journal.records
    return Changes(
        system_changes(records),
        unseen_steps(records),
        _target(session),
        goes_elsewhere(session.request, session.environ) if begun(records) else "",
        halt,
    )


def _target(session: Session) -> TargetChange:
    before = session.state.targets.get(session.interpreter.path)
    if before is None:
        return TargetChange()
    asked = distributions_asked(session.request)
    return target_change(before, session.interpreter.site, asked)


def report(session: Session, ending: Ending, halt: Halt | None = None) -> Report:
    """Return the story so far with this end."""
    return Report(
        outcome=ending.outcome,
        requirements=session.request.words,
        attempts=tuple(session.state.attempts),
        applied=tuple(session.state.applied),
        proofs=session.state.verified.proofs,
        degraded=_left_out(session) if ending.outcome == "installed" else (),
        reason=ending.reason,
        todo=ending.todo,
        interpreter=session.interpreter.path,
        kept=tuple(map(str, session.state.kept)),
        unfinished=session.state.unfinished,
        changes=changes(session, halt),
        log=last_log(session.journal.records),
        timing=Timing(total=session.journal.seconds, **session.state.spent),
    )


def _left_out(session: Session) -> tuple[MissingFeature, ...]:
    """Return what builds left out; what cannot be found out of that ends no run."""
    try:
        return missing_features(session)
    except (BuildfixError, OSError):
        return session.state.verified.parts_missing


def missing_features(session: Session) -> tuple[MissingFeature, ...]:
    """Return what is not in what was built, for want of something that is known here.

    What was seen not to work comes first. Each thing is told once for each project, by its name,
    however many headers and libraries of it were looked for.
    """
    foreseen, logs = session.foreseen_so_far(), [one.log for one in session.state.attempts]
    if session.analysis.begun and logs and builds_in(logs[-1]):
        foreseen = session.foreseen()  # a quick build is done before its source is read
    proofs = session.state.verified.proofs
    missing = broken_parts(session.state.verified.parts_missing, proofs, foreseen.compiled, logs)
    built = {proof.distribution for proof in proofs}
    optional = {name: needs for name, needs in foreseen.optional.items() if name in built}
    if not optional:
        return missing
    # The package lists are asked for all at once.
    session.draft_plan(need for needs in optional.values() for need in needs)
    removed = (step.removes for step in session.state.applied if isinstance(step, RemovePackages))
    applied = {name for step in session.state.applied for name in step.packages}.union(*removed)

    def packages_for(need: Need) -> tuple[str, ...]:
        return tuple(name for step in session.draft_plan([need]).steps for name in step.packages)

    unused = unused_features(optional, applied, session.knowledge, packages_for)
    return (*missing, *unused)
