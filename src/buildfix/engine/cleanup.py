"""Removes what this run installed and the built modules do not need to run (`--clean`).

What was there before stays, and so does what the modules are linked with or known to load, with all
dependencies. The import is verified again; if it fails, everything is reinstalled.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Iterator
from dataclasses import replace
from itertools import chain

from buildfix.core import (
    Command,
    Need,
    Plan,
    RemovePackages,
    RunCommand,
    Step,
    SystemChange,
    events,
)
from buildfix.core.errors import PersonNeeded
from buildfix.core.learned import StepBrought
from buildfix.engine.executor import apply, obstacle
from buildfix.engine.journal import system_changes
from buildfix.engine.origins import known_origins
from buildfix.engine.outcome import Ending
from buildfix.engine.removal import (
    Facts,
    RemovalWords,
    facts_of,
    packages_in_use,
    packages_installed,
    removable,
    removal_steps,
)
from buildfix.engine.session import Session
from buildfix.engine.step_changes import pypi_names, remover_for
from buildfix.engine.verify import verify
from buildfix.installers.requirements import distributions_asked, projects_asked
from buildfix.package_managers import Remover, manager_for
from buildfix.package_managers.steps import installing
from buildfix.providers import draft_plan
from buildfix.providers.needs import OF_RUN_TIME

Telling = Generator[events.Event, None, str]
"""Events, and finally a sentence about the result."""

_LASTING = (*OF_RUN_TIME, "externally-managed", "python-unsupported")
"""Kinds of needs that exist at run time too."""
_WORDS = RemovalWords("build-only packages", "run-time dependencies")


def clean(session: Session, consent: Callable[[Plan], bool]) -> Telling:
    """Plan the removal, get consent, remove, and verify the import again; return what is kept."""
    effects = session.state.step_effects
    stays = [f"Kept: {one.step.summary}." for one in effects if not (one.packages or one.undoable)]
    facts = facts_of(session.machine, session.interpreter.path)
    steps, told = (
        _steps(session, facts) if facts else ((), ["Cannot tell which libraries are in use."])
    )
    if steps:
        told.append((yield from _agreed(session, steps, consent)))
    return " ".join(filter(None, (*told, *stays)))


def _steps(session: Session, facts: Facts) -> tuple[tuple[Step, ...], list[str]]:
    steps: list[Step] = []
    told: list[str] = []
    for name, packages in packages_installed(session.state).items():
        remover = remover_for(session, name)
        if remover:
            found, why = _package_steps(session, name, remover, packages, facts)
            steps += found
            told += [why] if why else []
    wanted = facts.required.union(projects_asked(session.request), known_origins(session).named)
    for step in _undoable(session.state.step_effects):
        if wanted.isdisjoint(pypi_names(step)):
            summary = f"Undo: {step.summary}"
            steps.append(RunCommand(summary, step.because, step.undo, afterwards=True))
    return tuple(steps), told


def _undoable(effects: Iterable[StepBrought]) -> Iterator[Step]:
    """Yield the steps that can be undone safely."""
    return (one.step for one in effects if one.undoable)


def _package_steps(
    session: Session, name: str, remover: Remover, new: frozenset[str], facts: Facts
) -> tuple[list[Step], str]:
    """Return the steps that take away what of the `new` packages nothing needs."""
    machine = session.machine
    wanted = packages_in_use(machine, remover, new, [facts]) | (_run_time_packages(session) & new)
    going = removable(machine, remover, new, wanted)
    if not going:
        return [], (
            f"{name} refused to remove the packages that were installed for the build; "
            "all were kept."
        )
    applied = (step.because for step in session.state.applied if step.packages)
    inherited = (one.because for one in session.state.inherited)
    because = tuple(dict.fromkeys(chain.from_iterable((*inherited, *applied))))
    steps = removal_steps(machine, remover, going, wanted - going, _WORDS, because, afterwards=True)
    return list(steps), ""


def _run_time_packages(session: Session) -> frozenset[str]:
    """Return the packages that provide known run-time needs, which are loaded by name."""
    needs = dict.fromkeys(
        need for step in session.state.applied for need in step.because if need.kind in _LASTING
    )
    bare = replace(session.host(), packages=frozenset())
    found = draft_plan(needs, bare, session.knowledge) if needs else None
    return frozenset(name for step in (found.steps if found else ()) for name in step.packages)


def _agreed(session: Session, steps: tuple[Step, ...], consent: Callable[[Plan], bool]) -> Telling:
    plan = _plan_of(session, steps)
    yield events.PlanProposed(plan)
    if blocked := obstacle(session, steps):
        return f"Nothing was removed: {blocked.reason}"
    try:
        agreed = consent(plan)
    except PersonNeeded as error:
        return f"Nothing was removed: {error.happened} {error.do}"
    if not agreed:
        return "Cleanup cancelled; nothing was removed."
    done = len(session.journal.entries)
    with session.timed("apply"):
        failed = yield from apply(session, steps)
    broken = _broken(session)
    if broken is None and failed is None:
        return _counted(system_changes(session.journal.records[done:]))
    if broken is None:
        return f"Some packages were not removed: {failed.reason if failed else ''}"
    back = yield from _restored(session, steps)
    return f"{broken} could not be imported after the removal: {back}"


def _plan_of(session: Session, steps: tuple[Step, ...]) -> Plan:
    modules = tuple(module for proof in session.state.verified.proofs for module in proof.modules)
    words = f"import {', '.join(modules)}" if modules else "pass"
    again = Command((session.interpreter.path, "-c", words))  # shown; `verify` is what is run
    return Plan(session.request.words, session.host(), steps, again, modules)


def _broken(session: Session) -> str | None:
    """Return what does not work any more; None if everything works."""
    with session.timed("verify"):
        asked = distributions_asked(session.request)
        verdict = verify(session.machine, session.interpreter, asked, session.knowledge)
    return verdict.failures[0].module if verdict.failures else None


def _restored(session: Session, steps: Iterable[Step]) -> Telling:
    """Reinstall what the steps removed, and return how that ended."""
    again = tuple(restoring(session, steps))
    with session.timed("apply"):
        failed: Ending | None = yield from apply(session, again)
    if failed:
        return f"reinstalling the packages failed: {failed.reason}"
    broken = _broken(session)
    return f"the packages were reinstalled{f', and {broken} still fails' if broken else ''}."


def restoring(session: Session, steps: Iterable[Step]) -> Iterable[Step]:
    """Yield the steps that bring back what these steps removed."""
    undone = {step.undo: step for step in _undoable(session.state.step_effects)}
    for step in steps:
        if step.argv in undone:
            yield replace(undone[step.argv], afterwards=True)
        manager = manager_for(step.manager, session.host()) if step.manager else None
        if manager and isinstance(step, RemovePackages):
            because = (Need("runtime-library-missing", "-"),)
            yield installing(manager, step.removes, because, verb="Reinstall", afterwards=True)


def _counted(changes: Iterable[SystemChange]) -> str:
    removed = sum(len(change.removed) for change in changes)
    if not removed:
        return "Removed what only the build needed; the import still works."
    many = "" if removed == 1 else "s"
    return f"Removed {removed} build-only package{many}; the import still works."
