"""Takes back what a run changed on this system, as far as nothing relies on it by now.

What goes is computed from the run's journal, and compared with the system and the later runs.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Generator, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain
from pathlib import Path

from buildfix.catalog import Knowledge
from buildfix.core import (
    Command,
    Interpreter,
    Plan,
    RemovePackages,
    Request,
    RunCommand,
    Step,
    events,
)
from buildfix.core.errors import TargetError, UsageError
from buildfix.core.program import own_command
from buildfix.engine.cleanup import restoring
from buildfix.engine.conclusion import conclusion, to_its_end
from buildfix.engine.executor import apply
from buildfix.engine.journal import Journal, system_changes
from buildfix.engine.journal_file import JOURNAL
from buildfix.engine.killed_run import killed_at, left_by
from buildfix.engine.machine_changes import choose_target
from buildfix.engine.outcome import Ending
from buildfix.engine.past_runs import PastRun
from buildfix.engine.proposal import Consent, carry_out
from buildfix.engine.removal import (
    Facts,
    RemovalWords,
    facts_of,
    packages_in_use,
    packages_installed,
    removable,
    removal_steps,
)
from buildfix.engine.session import RunContext, Session
from buildfix.engine.step_changes import pypi_names, remover_for
from buildfix.engine.undo_check import Installs, failing, installs_of
from buildfix.engine.undo_target import TargetUndo, target_path, target_steps, target_undo
from buildfix.installers.requirements import parse
from buildfix.machines.local import Machine
from buildfix.package_managers import Remover, manager_for
from buildfix.package_managers.steps import installing
from buildfix.platforms.interpreter import describe

Packages = Mapping[str, frozenset[str]]
"""Names of packages, by package manager."""

_WORDS = RemovalWords("packages that the run installed", "packages that are in use")


@dataclass(frozen=True)
class Undo:
    """What taking back a run comes to."""

    run: PastRun
    session: Session
    plan: Plan
    kept: tuple[str, ...]
    """Sentences on what stays, and why."""
    others: Installs = field(default_factory=dict)
    """What other runs installed, which must still work."""


def plan_undo(
    run: PastRun,
    others: Sequence[PastRun],
    machine: Machine,
    knowledge: Knowledge,
    scratch: Path,
    *,
    unattended: bool,
) -> Undo:
    """Return the plan that takes back a run; `others` are all other runs. Changes nothing.

    Raises UsageError for a run that cannot be taken back.
    """
    _check(run)
    later = [one for one in others if one.number < run.number]
    target = target_undo(run, later, machine)
    session = _session(run, target, machine, knowledge, scratch, unattended=unattended)
    installed = _packages(session, run)
    facts = tuple(_targets(machine, run, others, target)) if installed else ()
    packages = tuple(_package_steps(session, installed, facts))
    steps = (
        *target_steps(target, target_path(run), session.interpreter, machine.which("uv")),
        *_toolchain_steps(run),
        *packages,
        *_reinstalling(session, run),
    )
    kept = (
        *target.kept,
        *_kept_packages(session, installed, packages),
        *_not_removable(session, run),
        *_not_undoable(run),
    )
    plan = Plan(run.started.requirements, session.host(), steps, Command(()))
    gone = [(target_path(run), one.name) for one in target.going]
    return Undo(run, session, plan, kept, installs_of(others, gone))


def undo(found: Undo, logs: Path, consent: Consent) -> Generator[events.Event]:
    """Carry out a plan that takes back a run; yields events, Finished last."""
    session = replace(found.session, journal=Journal(logs / JOURNAL))
    requirements, name = found.run.started.requirements, found.run.name
    session.journal.add(events.RunStarted(requirements, os.getpid(), str(Path.cwd()), name))
    choose_target(session, session.interpreter)
    ended = yield from to_its_end(session, _carried_out(session, found, consent))
    yield conclusion(session, ended)


def _carried_out(
    session: Session, found: Undo, consent: Consent
) -> Generator[events.Event, None, Ending]:
    removals = [step for step in found.plan.steps if isinstance(step, RemovePackages)]
    others: Installs = found.others if removals else {}
    before = failing(others, session.machine, session.knowledge)
    failed = yield from carry_out(session, found.plan, consent)
    if failed:
        return failed
    broken = failing(others, session.machine, session.knowledge) - before
    if not broken:
        return Ending("undone", " ".join(found.kept))
    with session.timed("apply"):
        yield from apply(session, tuple(restoring(session, removals)))
    names = ", ".join(sorted(broken))
    return Ending("unfixed", f"{names} stopped working, so the packages were reinstalled.")


def _check(run: PastRun) -> None:
    if run.started.undoes:
        raise UsageError(
            f"Run {run.number} is itself an undo, which cannot be undone.",
            do=f"To install again: {own_command(*run.started.requirements)}",
        )
    if run.outcome == "running":
        raise UsageError(f"Run {run.number} is still running.", do="Wait until it has ended.")


def _session(
    run: PastRun,
    target: TargetUndo,
    machine: Machine,
    knowledge: Knowledge,
    scratch: Path,
    *,
    unattended: bool,
) -> Session:
    """Return a session for the run's target, or for buildfix's own Python if it is gone or goes."""
    interpreter = None if target.folder else _described(machine, target_path(run))
    interpreter = interpreter or describe(machine, sys.executable)
    request = parse(Request(python=interpreter.path, unattended=unattended))
    return Session(RunContext(request, machine, knowledge, scratch, interpreter))


def _described(machine: Machine, path: str) -> Interpreter | None:
    try:
        return describe(machine, path) if path else None
    except TargetError:
        return None


def _toolchain_steps(run: PastRun) -> Iterator[Step]:
    """Yield the steps that remove what was installed neither as packages nor into the target."""
    for one in run.state.step_effects:
        argv = one.step.undo
        if one.undoable and not pypi_names(one.step) and Path(argv[0]).expanduser().exists():
            yield RunCommand(f"Undo: {one.step.summary}", one.step.because, argv)


def _packages(session: Session, run: PastRun) -> Packages:
    """Return what the run installed, for a killed one with what its last step had installed."""
    killed = killed_at(run.folder / JOURNAL, newest=False) if run.outcome == "killed" else None
    left = tuple(left_by(session, killed)) if killed else run.state.inherited
    return packages_installed(replace(run.state, inherited=left))


def _package_steps(
    session: Session, installed: Packages, facts: Sequence[Facts]
) -> Iterator[RunCommand]:
    """Yield the steps that remove the packages that the run installed and nothing uses."""
    for name, packages in installed.items():
        remover = remover_for(session, name)
        here = packages & remover.present(session.machine) if remover else frozenset()
        if remover and here:
            yield from _removing(session.machine, remover, here, facts)


def _removing(
    machine: Machine, remover: Remover, here: frozenset[str], facts: Iterable[Facts]
) -> Iterator[RunCommand]:
    used = packages_in_use(machine, remover, here, facts)
    going = removable(machine, remover, here, used)
    if going:
        yield from removal_steps(machine, remover, going, used - going, _WORDS)


def _targets(
    machine: Machine, run: PastRun, others: Sequence[PastRun], target: TargetUndo
) -> Iterator[Facts]:
    """Yield the facts about all known targets, without what goes from this run's."""
    own = target_path(run)
    gone = [one.name for one in target.going]
    for path in {own, *map(target_path, others)}:
        if path and Path(path).exists() and not (path == own and target.folder):
            facts = facts_of(machine, path, gone if path == own else ())
            yield from (facts,) if facts else ()


def _reinstalling(session: Session, run: PastRun) -> Iterator[Step]:
    """Yield the steps that reinstall packages that were there before the run removed them."""
    for change in system_changes(entry.record for entry in run.entries):
        manager = manager_for(change.manager, session.host()) if change.manager else None
        before = run.state.seen.get(change.manager, frozenset())
        lost = before.intersection(change.removed)
        if manager and lost:
            missing = tuple(sorted(lost - manager.installed(session.machine)))
            yield from (installing(manager, missing, verb="Reinstall"),) if missing else ()


def _kept_packages(session: Session, installed: Packages, steps: Iterable[Step]) -> Iterator[str]:
    """Yield a sentence for each manager whose packages do not all go."""
    removed = frozenset(chain.from_iterable(getattr(step, "removes", ()) for step in steps))
    for name, packages in installed.items():
        remover = remover_for(session, name)
        stays = packages & remover.present(session.machine) - removed if remover else frozenset()
        if stays:
            yield f"Packages that stay, because others need them: {', '.join(sorted(stays))}."


def _not_removable(session: Session, run: PastRun) -> Iterator[str]:
    """Yield a sentence for the packages of each manager that buildfix cannot remove."""
    for change in system_changes(entry.record for entry in run.entries):
        if change.added and not remover_for(session, change.manager):
            names = ", ".join(change.added)
            yield f"buildfix does not remove packages of {change.manager}: {names}."


def _not_undoable(run: PastRun) -> Iterator[str]:
    """Yield a sentence for each further change that stays."""
    for one in run.state.step_effects:
        left = not (one.packages or one.undoable or pypi_names(one.step))
        if left and one.step.looks_up is None:
            yield f"Not undone: {one.step.summary}."
    if run.state.kept:
        yield f"Wheels that stay in the wheelhouse: {', '.join(run.state.kept)}."
    if not run.is_concluded and run.state.attempts:
        yield f"The run did not record what it installed into {target_path(run)}; that stays."
