"""The strategies in the order in which they are tried, with the parts of a run that each reads."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from packaging.tags import Tag
from packaging.utils import canonicalize_name
from packaging.version import Version

from buildfix.core import Cause, Diagnosis, Need, Step, Variables, learned, needs_of
from buildfix.engine.build_settings import (
    build_settings,
    capacity_of,
    forecast_needs,
    jobs_at_once,
    unlimited_jobs,
)
from buildfix.engine.jobs import Parallelism, memory_per_job
from buildfix.engine.killed_run import resumption
from buildfix.engine.origins import in_index
from buildfix.engine.outcome import (
    Alternative,
    Answer,
    FinishInterrupted,
    MeetNeeds,
    Stage,
    TakeOffers,
    UpgradePip,
)
from buildfix.engine.session import Session
from buildfix.engine.strategies import (
    alternatives,
    choose_torch,
    impossible,
    known_fix,
    missing_pip,
    out_of_memory,
    parallel_extensions,
    upgrade_pip,
)
from buildfix.engine.strategies.unresolvable import unresolvable
from buildfix.engine.strategies.wheel_offers import has_only_wheels, offers_elsewhere, verdict_on
from buildfix.engine.temporary_folders import scratch
from buildfix.forecast.known_needs import makes_environment
from buildfix.installers import installer_of, pip_options
from buildfix.installers.request_items import requirement_of
from buildfix.installers.requirements import named_projects, requirements_asked
from buildfix.platforms.tags import tags_of

if TYPE_CHECKING:
    from buildfix.engine.strategies.alternative_release import OldLibrary


# --- before the first build -----------------------------------------------------------------


def _finish_interrupted(session: Session) -> Stage | None:
    step = resumption(session)
    return FinishInterrupted(step) if step else None


def _bring_pip(session: Session) -> Stage | None:
    needs = missing_pip.lacking(session)
    return MeetNeeds(needs) if needs else None


def _upgrade_pip(session: Session) -> Stage | None:
    if not session.local:
        return _upgrade_described_pip(session)
    if not _installs_as_it_is(session):
        return None
    step = upgrade_pip.handle(
        session.request,
        session.interpreter,
        session.knowledge.wheel_kinds,
        session.tags,
        partial(_foreseen_builds, session),
        partial(verdict_on, session),
        session.host_to_install,
    )
    return UpgradePip(step) if step else None


def _upgrade_described_pip(session: Session) -> Stage | None:
    wheels = [one.filename for one in session.foreseen().coming if one.wheel and one.filename]
    step = upgrade_pip.for_wheels(
        session.request,
        session.interpreter,
        session.knowledge.wheel_kinds,
        wheels,
        session.host_to_install(),
    )
    return UpgradePip(step) if step and not session.state.assumed.newer_pip else None


def _choose_torch(session: Session) -> Stage | None:
    if not _may_concern_torch(session):
        return None
    foreseen = session.foreseen()
    return choose_torch.handle(
        foreseen.coming,
        foreseen.needs if foreseen.coming else _torch_by_recipes(session),
        session.host_to_install(),
        session.knowledge.cuda,
        partial(_has_wheel_of_torch, session),
        unattended=session.request.unattended,
    )


def _torch_by_recipes(session: Session) -> tuple[Need, ...]:
    """Return the need for torch if the index does not answer, but a recipe knows the releases."""
    recipes = map(session.knowledge.project, named_projects(session.request))
    requires = any(one.torch or one.compiles_when_used for one in recipes if one)
    return (Need("python-module-missing", choose_torch.TORCH),) if requires else ()


def _may_concern_torch(session: Session) -> bool:
    """Return whether to wait for the forecast: nothing is to be built on most hosts without GPU."""
    asked = (requirement_of(one.word) for one in requirements_asked(session.request))
    if any(one and one.name == choose_torch.TORCH and one.specifier for one in asked):
        return False  # the user has chosen
    fetch = session.fetch_options()
    if fetch.closed or fetch.folders is not None:
        return False  # torch's own index may not be asked
    here = session.known_host
    gpu = session.machine.which("nvidia-smi") if here is None else here.cuda.driver
    return bool(gpu) or session.given.dry or session.should_wait()


def _has_wheel_of_torch(session: Session, release: str) -> bool:
    verdict = verdict_on(session, f"{choose_torch.TORCH}=={release}")
    return verdict is None or verdict.served


def _take_offers(session: Session) -> Stage | None:
    offers = offers_elsewhere(session) if _installs_as_it_is(session) else ()
    return TakeOffers(offers) if offers else None


TO_BEGIN_WITH: tuple[Callable[[Session], Stage | None], ...] = (_finish_interrupted, _bring_pip)
"""What comes first, because nothing works without it."""
BEFORE_BUILDS: tuple[Callable[[Session], Stage | None], ...] = (
    _upgrade_pip,
    _choose_torch,
    _take_offers,
)
"""What comes before the needs of builds, because it decides what is built."""


def _unresolvable(session: Session) -> Diagnosis | None:
    if not installer_of(session.request.installer).uses_pip:
        return None
    foreseen, version = session.foreseen(), session.interpreter.version
    request = session.request
    names = named_projects(request) if request.from_source else ()
    return unresolvable(
        foreseen.refused,
        foreseen.troubles,
        session.knowledge,
        version,
        names,
        partial(has_only_wheels, session),
    )


def _preflight(session: Session) -> Diagnosis | None:
    foreseen = session.foreseen()
    if not foreseen.needs:
        return None
    from buildfix.engine.strategies import preflight  # most installs build nothing

    machine = session.machine if session.local else None
    here = preflight.PreflightContext(
        session.host(), machine, session.knowledge, session.version_of
    )
    return preflight.refusal(foreseen.askers, session.draft_plan(foreseen.needs), here)


REFUSALS: tuple[Callable[[Session], Diagnosis | None], ...] = (
    _unresolvable,
    impossible.handle,
    _preflight,
)
"""Asked whether builds can succeed, once it is known what they lack."""


def refusal(session: Session) -> Diagnosis | None:
    """Return why nothing can be built here; None if nothing is known against it."""
    found = (asked(session) for asked in REFUSALS)
    return next(filter(None, found), None)


def _installs_as_it_is(session: Session) -> bool:
    """Return whether the existing target is used, with its own pip."""
    return session.asks_target_pip and not makes_environment(session.request, session.interpreter)


def _foreseen_builds(session: Session) -> Iterator[str]:
    """Yield what else would be built, with this pip."""
    session.forecast_builds()
    named = named_projects(session.request)
    for one in session.foreseen().coming:
        if not one.wheel and one.name not in named:
            yield one.requirement


# --- after a failure ------------------------------------------------------------------------


def _too_many_attempts(session: Session, _: Diagnosis) -> Answer:
    return known_fix.too_many_attempts(len(session.state.attempts), session.request.max_rounds)


def _out_of_memory(session: Session, failed: Diagnosis) -> Answer:
    return out_of_memory.handle(
        failed,
        jobs_at_once(session),
        partial(_memory, session),
        named_projects(session.request),
        lambda fewer: build_settings(session, fewer).lasting,
        partial(unlimited_jobs, session),
    )


def _parallel_extensions(session: Session, failed: Diagnosis) -> Answer:
    def one_by_one(amount: Parallelism) -> Variables:
        return build_settings(session, amount, shown={}).lasting

    return parallel_extensions.handle(
        failed,
        Path(session.state.attempts[-1].log),
        session.state.side_by_side,
        [one.side_by_side for one in session.knowledge.parallel.knobs if one.side_by_side],
        jobs_at_once(session),
        one_by_one,
        partial(unlimited_jobs, session),
    )


def _unknown_cause(_: Session, failed: Diagnosis) -> Answer:
    return known_fix.unknown_cause(failed)


def _same_cause(session: Session, failed: Diagnosis) -> Answer:
    return known_fix.same_cause(failed, session.state.settled)


def _known_fix(session: Session, failed: Diagnosis) -> Answer:
    return known_fix.handle(failed, partial(_foreseen_needs, session, failed))


AFTER_A_FAILURE: tuple[Callable[[Session, Diagnosis], Answer], ...] = (
    _too_many_attempts,
    _out_of_memory,
    _parallel_extensions,
    _unknown_cause,
    _same_cause,
    _known_fix,
)
"""What is asked for a way on. A remedy that changes nothing is as none: the next one is asked."""


def no_known_fix(session: Session, failed: Diagnosis) -> Answer:
    """Return the ending if no strategy has an answer."""
    draft = partial(session.draft_plan, needs_of(failed.causes), failed.causes)
    return known_fix.no_known_fix(failed, draft, session.knowledge.brings)


def _memory(session: Session) -> out_of_memory.Memory:
    peak = session.state.attempts[-1].peak_rss
    per_job = memory_per_job(session.request, session.knowledge, {})
    return out_of_memory.Memory(peak, capacity_of(session).available, per_job)


def _foreseen_needs(session: Session, failed: Diagnosis) -> tuple[Need, ...]:
    """Return what the builds lack; after a surprise also what they only probably lack."""
    with session.timed("foresee"):
        needs = forecast_needs(session)
        foreseen = session.foreseen()
    surprise = known_fix.is_surprise(failed, foreseen.askers, session.knowledge)
    return (*needs, *foreseen.probable) if surprise else needs


# --- where no way on is known ---------------------------------------------------------------


def _another_wheel(session: Session, _: Diagnosis | None) -> Alternative | None:
    from buildfix.platforms.pythons import installed_pythons  # slow to load

    attempts = session.state.attempts
    return alternatives.handle(
        attempts[-1].diagnosis if attempts else None,
        session.request,
        partial(in_index, session),
        partial(verdict_on, session),
        partial(installed_pythons, session.machine),
    )


def _another_release(session: Session, failed: Diagnosis | None) -> Alternative | None:
    if failed is None or not session.local:
        return None
    from buildfix.engine.strategies import alternative_release  # slow to load
    from buildfix.forecast.releases import releases_of

    options = pip_options(session.request)
    return alternative_release.handle(
        failed,
        lambda project: session.version_coming(project) if in_index(session, project) else None,
        lambda project: releases_of(session.machine, session.interpreter, project, options),
        session.interpreter.release,
        lambda: [Tag(*one.split("-")) for one in tags_of(session.host(), session.interpreter)],
        partial(_old_library, session),
    )


def _older_pythons(session: Session, failed: Diagnosis | None) -> Alternative | None:
    if failed is None or not session.local:
        return None
    from buildfix.engine.strategies.alternative_release import older_pythons  # as above
    from buildfix.platforms.pythons import installed_pythons

    pythons = partial(installed_pythons, session.machine)
    return older_pythons(failed, session.interpreter.release, pythons)


LAST_RESORTS: tuple[Callable[[Session, Diagnosis | None], Alternative | None], ...] = (
    _another_wheel,
    _another_release,
)
"""What is asked where none knows a way on: a version with a wheel goes before one to build."""


def last_resort(session: Session, failed: Diagnosis | None) -> Alternative:
    """Return another version that may be used, with all ways; else those with another Python."""
    told: tuple[Step, ...] = ()
    for asked in LAST_RESORTS:
        found = asked(session, failed) or Alternative()
        told += found.told
        if found.pin:
            return replace(found, told=told)
    return Alternative(told=told) if told else _older_pythons(session, failed) or Alternative()


def _old_library(session: Session, cause: Cause, project: str) -> OldLibrary | None:
    """Return the installed library that a cause names; None if unknown."""
    known = session.knowledge.capability(cause.kind, cause.subject)
    short = session.state.too_old or (learned.LibraryTooOld(known.id) if known else None)
    if short is None:
        return None
    from buildfix.engine.strategies.alternative_release import OldLibrary

    capability = session.knowledge.capabilities[short.capability]
    version = session.version_of(capability)
    accepts = partial(_accepts, session, short, version, canonicalize_name(project))
    return OldLibrary(f"{capability.title} {version or ''}".strip(), accepts)


def _accepts(
    session: Session,
    short: learned.LibraryTooOld,
    version: str | None,
    project: str,
    candidate: Version,
) -> bool:
    """Return whether a release's sources show that it does with the library that is here."""
    from buildfix.forecast.builds import surroundings_of
    from buildfix.forecast.releases import asked_of, fetch_source, names_in
    from buildfix.providers.versions import meets

    python, options = session.interpreter.path, pip_options(session.request)
    requirement = f"{project}=={candidate}"
    with scratch() as folder:
        sdist = fetch_source(session.machine, python, requirement, folder, options)
        if sdist is None:
            return False
        if short.names:
            return not names_in(sdist, short.names)
        capability = session.knowledge.capabilities[short.capability]
        asked = asked_of(sdist, capability, surroundings_of(session.host()), session.knowledge)
    return asked is None or version is None or meets(version, asked)
