"""What a plan will bring into the target, and what its package manager says about its steps."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from packaging.utils import canonicalize_name

from buildfix.core import Arrival, Installed, InstallPackages, Step
from buildfix.engine.session import Session
from buildfix.installers.requirements import named_projects
from buildfix.package_managers import manager_for

if TYPE_CHECKING:
    from buildfix.forecast.resolution import ResolvedDistribution


def arrivals_of(session: Session) -> tuple[Arrival, ...]:
    """Return what will be installed, the requested projects first, as far as it is known."""
    coming = [one for one in session.foreseen_so_far().coming if one.why == "asked"]
    asked = tuple(map(canonicalize_name, named_projects(session.request)))
    found: dict[str, Arrival] = {
        canonicalize_name(one.name): _arrival(session, one, asked) for one in coming
    }
    if (torch := session.state.assumed.torch) and "torch" in asked:
        there = session.given.host is not None and session.given.host.cuda.torch
        found["torch"] = Arrival(
            "torch", torch.version, "present" if there else "wheel", asked=True
        )
    for one in _already_there(session):
        if one.name in asked and one.name not in found:
            found[one.name] = Arrival(one.name, one.version, "present", asked=True)
    return tuple(sorted(found.values(), key=lambda one: not one.asked))


def _arrival(session: Session, one: ResolvedDistribution, asked: Sequence[str]) -> Arrival:
    name = canonicalize_name(one.name)
    askers = session.foreseen_so_far().askers
    return Arrival(
        name,
        one.version,
        "wheel" if one.wheel else "build",
        one.filename,
        name in asked,
        tuple(need for need, project in askers.items() if canonicalize_name(project) == name),
        None if one.wheel else session.given.peaks.seconds().get(name),
        0.0 if one.wheel else session.foreseen_so_far().compile_seconds.get(one.name, 0.0),
    )


def _already_there(session: Session) -> Iterator[Installed]:
    snapshot = session.state.targets.get(session.interpreter.path, ())
    yield from (one.installed for one in snapshot)
    torch = session.host().cuda.torch if not session.local else None
    if torch and session.state.assumed.torch is None:
        yield Installed(torch.name, torch.version)


def with_transactions(session: Session, steps: Sequence[Step]) -> tuple[Step, ...]:
    """Return the steps, each installation with what its package manager says about it.

    It is only asked where somebody reads the answer, and where its lists are up to date.
    """
    read = session.given.dry or not session.request.unattended
    stale = any(step.looks_up == "package lists" for step in steps)
    if stale or not (read and session.local):
        return tuple(steps)
    return tuple(_with_transaction(session, step) for step in steps)


def _with_transaction(session: Session, step: Step) -> Step:
    manager = manager_for(step.manager, session.host()) if step.manager else None
    if manager is None or not isinstance(step, InstallPackages):
        return step
    if step.privileged != manager.privileged:
        return step
    return replace(step, transaction=manager.transaction(session.machine, step.packages))
