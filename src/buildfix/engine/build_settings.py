"""The settings that limit the jobs of this run's builds, and the programs they need."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

from buildfix.core import Need
from buildfix.engine.jobs import (
    Parallelism,
    Settings,
    memory_per_job,
    out_of_reach,
    parallelism,
    settings,
)
from buildfix.engine.session import Session
from buildfix.engine.strategies.parallel_extensions import shown_here
from buildfix.engine.temporary_folders import write_for_builds
from buildfix.platforms.memory import Capacity
from buildfix.platforms.operating_systems import THIS


def build_settings(
    session: Session,
    amount: Parallelism | None = None,
    shown: Mapping[str, Mapping[str, str]] | None = None,
    folder: Path | None = None,
) -> Settings:
    """Return the settings that limit the jobs of this run's builds; raises RecipeError.

    By default with the current parallelism and what is proven of the sources, and with files in the
    run's folder; `amount`, `shown` and `folder` override these.
    """
    host = session.known_host
    return settings(
        amount or jobs_at_once(session),
        session.request,
        session.interpreter,
        session.knowledge,
        session.environ,
        folder or session.files,
        host.system if host else sys.platform,
        _there(session),
        shown_here(session) if shown is None else shown,
    )


def jobs_at_once(session: Session) -> Parallelism:
    """Return the current parallelism of builds; raises RecipeError."""
    reduced = session.state.reduced
    if reduced:
        return Parallelism(reduced.jobs, must_be_told=reduced.must_be_told)
    return session.answers.to("jobs", None, partial(_jobs_at_first, session))


def jobs_are_limited(session: Session) -> bool:
    """Return whether builds are limited: by memory, or by the user."""
    return jobs_at_once(session).must_be_told


def capacity_of(session: Session) -> Capacity:
    """Return how much memory and how many cores this run may use."""
    facts = session.known_host
    if facts is None:  # the host's other facts cost more and are not needed here
        return THIS.capacity(session.machine)
    return Capacity(facts.cores, facts.memory_total, facts.memory_available)


def write_files(told: Settings) -> Settings:
    """Write the files of these settings; return the settings that work then.

    If programs cannot be run in the folder (mounted with `noexec`), they are left out.
    """
    for path, text in told.files.items():
        write_for_builds(path, text)
        if path in told.programs:
            path.chmod(0o755)
    dead = {str(path) for path in told.programs if not os.access(path, os.X_OK)}
    return replace(told, variables=tuple(one for one in told.variables if one[1] not in dead))


def forecast_needs(session: Session) -> tuple[Need, ...]:
    """Return what the builds will lack, and the programs that limit their jobs."""
    return (*session.foreseen().needs, *unlimited_jobs(session))


def unlimited_jobs(session: Session) -> tuple[Need, ...]:
    """Return the programs that are needed to limit the jobs of builds."""
    return programs_lacking(session, session.foreseen().builds)


def programs_lacking(session: Session, builds: Mapping[str, Sequence[str]]) -> tuple[Need, ...]:
    """Return the missing programs without which builds would run too many jobs for the memory.

    `builds` are the projects, each with its build requirements. A backend that installs such a
    program itself gets one whose jobs cannot be limited.
    """
    if not session.local or not jobs_are_limited(session):
        return ()
    told = build_settings(session)
    system, there = session.host().system, _there(session)
    return tuple(
        Need("tool-missing", knob.programs[0])
        for knob in session.knowledge.parallel.knobs
        if knob.programs
        and system not in knob.not_on
        and there.isdisjoint(knob.programs)
        and not session.environ.get(knob.variable)
        and out_of_reach(knob, told, session.request, builds)
    )


def _jobs_at_first(session: Session) -> Parallelism:
    per_job = memory_per_job(session.request, session.knowledge, session.given.peaks.per_job())
    beyond = session.knowledge.parallel.beyond_cores
    return parallelism(session.request, capacity_of(session), per_job, beyond)


def _there(session: Session) -> frozenset[str]:
    """Return which of the programs that knobs run are here."""
    names = {name for knob in session.knowledge.parallel.knobs for name in knob.programs}
    told = session.state.variables.get("PATH", "")
    folders = [Path(folder) for folder in told.split(os.pathsep) if folder]
    return frozenset(
        name
        for name in names
        if session.local
        and (session.machine.which(name) or any((one / name).is_file() for one in folders))
    )
