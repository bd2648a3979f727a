"""The main loop."""

from __future__ import annotations

import os
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from buildfix.catalog import Knowledge
from buildfix.core import Diagnosis, Need, PlanDraft, Request, events, learned
from buildfix.core.events import Record
from buildfix.core.redaction import redacted
from buildfix.core.tell import Tell, silent
from buildfix.engine.attempt import Stopped, attempt
from buildfix.engine.build_settings import build_settings, jobs_at_once, write_files
from buildfix.engine.builds_at_once import (
    Source,
    begins_building,
    begins_installing,
    cache_of,
    sources_of,
)
from buildfix.engine.conclusion import conclusion, to_its_end
from buildfix.engine.executor import apply
from buildfix.engine.journal import Journal
from buildfix.engine.journal_file import JOURNAL
from buildfix.engine.killed_run import KilledRun, take_over
from buildfix.engine.machine_changes import choose_target
from buildfix.engine.memory_history import MemoryHistory
from buildfix.engine.outcome import (
    ChooseTorch,
    Ending,
    FinishInterrupted,
    GiveUp,
    MaybeEnding,
    MeetNeeds,
    Refuse,
    TakeOffers,
    UpgradePip,
)
from buildfix.engine.planner import forecast_stage, plan_of, stages
from buildfix.engine.proposal import Consent, agreed, carry_out
from buildfix.engine.session import RunContext, Session
from buildfix.engine.strategies.alternative_index import places_elsewhere, step_for
from buildfix.engine.strategies.missing_pip import check_pip
from buildfix.engine.strategies.order import (
    AFTER_A_FAILURE,
    last_resort,
    no_known_fix,
)
from buildfix.engine.strategies.parallel_extensions import forget_doubtful, relied_on
from buildfix.engine.strategies.wheel_offers import offers_elsewhere
from buildfix.engine.target_owner import check_reach, shared_with_owner, told_of_owner
from buildfix.engine.temporary_folders import scratch
from buildfix.engine.unreachable import is_out_of_reach, unreachable_download
from buildfix.engine.wheelhouse_use import house_of, keep_wheels
from buildfix.installers.request_items import project_of
from buildfix.installers.requirements import (
    check,
    goes_elsewhere,
    named_projects,
    parse,
)
from buildfix.machines.local import Machine
from buildfix.platforms.interpreter import find_interpreter

if TYPE_CHECKING:
    from buildfix.wheels.recipe_index import Offer


def repair(
    request: Request,
    machine: Machine,
    knowledge: Knowledge,
    consent: Consent,
    logs: Path,
    peaks: Path | None = None,
    *,
    killed: Sequence[KilledRun] = (),
    replay: bool = False,
    tell: Tell = silent,
) -> Generator[events.Event]:
    """Install what was requested and fix what prevents it; yields events, Finished last.

    Logs are written below `logs`; the memory use of builds is recorded in the file `peaks`. First
    it finishes what `killed` runs left. With `replay` the report has a plan that reproduces the
    install on a bare machine. What is done before the first plan is said to `tell`. Raises
    UsageError and TargetError before anything is done, RecipeError for an invalid recipe.
    """
    journal = Journal(logs / JOURNAL)
    session = open_session(
        request, machine, knowledge, logs, MemoryHistory(peaks), journal, killed, tell=tell
    )
    yield from (one.found for one in killed)
    yield from told_of_owner(session)
    try:
        with (
            house_of(request) as house,
            scratch() as own,
            shared_with_owner(session, house, own) as shared,
        ):
            cache = house.cache(0) if house else own
            at_work = replace(session, house=house, cache=cache, shared=shared)
            ended = yield from to_its_end(session, _rounds(at_work, consent))
        finished = conclusion(session, ended, replay=replay)
    finally:
        session.analysis.stop()
    yield finished


def open_session(
    request: Request,
    machine: Machine,
    knowledge: Knowledge,
    logs: Path,
    peaks: MemoryHistory,
    journal: Journal | None = None,
    killed: Sequence[KilledRun] = (),
    *,
    dry: bool = False,
    tell: Tell = silent,
) -> Session:
    """Look at the request and its target before anything is done; a run's journal begins."""
    asked = parse(request)
    check(asked)
    tell(f"Resolving {redacted(' '.join(asked.words))}")
    knowledge.check_own()
    interpreter = find_interpreter(machine, request.python)
    given = RunContext(
        asked, machine, knowledge, logs, interpreter, dry=dry, peaks=peaks, tell=tell
    )
    session = Session(given, journal or Journal())
    check_reach(session)
    check_pip(session)
    session.journal.add(events.RunStarted(asked.words, os.getpid(), str(Path.cwd())))
    take_over(session, killed)
    choose_target(session, interpreter)
    return session


def _rounds(session: Session, consent: Consent) -> Generator[events.Event, None, Ending]:
    ending = yield from _prepare(session, consent)
    while ending is None:
        yield from _from_elsewhere(session, consent)
        told = write_files(build_settings(session))
        relied = relied_on(session, told, jobs_at_once(session).jobs)
        again = ("--force-reinstall",) if session.state.one_by_one else ()
        ahead = sources_of(session)
        cache = cache_of(session) if ahead or session.state.built else None
        command = session.install(told.variables, (*told.arguments, *again), cache=cache)
        stop = _stop(session, ahead)
        outcome = yield from attempt(session, command, relied, ahead=ahead, stop=stop)
        if outcome is None:
            return (yield from _ended_well(session, consent))
        if isinstance(outcome, Stopped):
            ending = yield from _meet(session, forecast_stage(session), consent)
        else:
            forget_doubtful(session, outcome)
            keep_wheels(session, _broken(outcome))
            ending = yield from _answer(session, outcome, consent)
        if ending and ending.outcome == "unfixed":
            ending = yield from _last_resort(session, ending, outcome, consent)
    return ending


def _stop(session: Session, ahead: Sequence[Source]) -> Callable[[str], Stopped | None]:
    """Return what says, by each line of an installer, why to stop it, if `ahead` was built before.

    That is what it lacks, or that it is about to build one after the other what could be built at
    once. Once it changes the target, nothing stops it.
    """
    too_late, installing = bool(ahead), False

    def stop(line: str) -> Stopped | None:
        nonlocal too_late, installing
        installing = installing or begins_installing(line)
        if installing:
            return None
        if session.cannot_succeed() or is_out_of_reach(session):
            return Stopped()
        too_late = too_late or begins_building(line)
        if too_late or not session.analysis.ready():
            return None
        too_late = True
        return Stopped(to_build=True) if sources_of(session) else None

    return stop


def _ended_well(session: Session, consent: Consent) -> Generator[events.Event, None, Ending]:
    """Return the ending after a successful install; it only counts if everything is installed."""
    kept = keep_wheels(session)
    why = ""
    if option := goes_elsewhere(session.request, session.environ):
        why = f"The installer was told to install into another location ({option})"
    elif session.state.verified.absent:
        names = redacted(", ".join(session.state.verified.absent))
        why = f"The installer succeeded, but {session.interpreter.path} does not have {names}"
    if not why:
        return (yield from _cleaned(session, kept, consent))
    return Ending(
        "unfixed", " ".join(filter(None, (f"{why}: the install was not verified.", kept)))
    )


def _cleaned(
    session: Session, told: str, consent: Consent
) -> Generator[events.Event, None, Ending]:
    """Remove what is no longer needed, if requested; this never changes the outcome."""
    if not session.request.clean:
        return Ending("installed", told)
    from buildfix.engine.cleanup import clean  # slow to load

    cleaned = yield from clean(session, consent)
    return Ending("installed", " ".join(filter(None, (told, cleaned))))


def _prepare(session: Session, consent: Consent) -> MaybeEnding:
    """Perform each stage before the first build, with consent."""
    for stage in stages(session):
        ending: Ending | None = None
        match stage:
            case FinishInterrupted(step):
                ending = yield from _carry_out(session, PlanDraft((step,)), None, consent)
            case UpgradePip(step):
                ending = yield from _carry_out(session, PlanDraft((step,)), None, consent)
                if ending is None:
                    session.forecast_builds()  # another pip takes other files
            case ChooseTorch(steps=steps):
                ending = yield from _carry_out(session, PlanDraft(steps), None, consent)
                if ending is None:
                    session.forecast_builds()  # what fits that torch is installed
            case TakeOffers(offers):
                yield from _take(session, offers, consent)
            case MeetNeeds() | Refuse():
                ending = yield from _meet(session, stage, consent)
        if ending:
            return ending
    return None


def _meet(session: Session, stage: MeetNeeds | Refuse, consent: Consent) -> MaybeEnding:
    """Provide what is needed; if a build cannot succeed, what another release needs."""
    while isinstance(stage, Refuse):
        yield events.CauseFound(stage.diagnosis)
        unfixed = Ending("unfixed", stage.diagnosis.says)
        ending = yield from _last_resort(session, unfixed, stage.diagnosis, consent)
        if ending:
            return ending
        stage = forecast_stage(session, stage.first)
    return (yield from _settle(session, stage.needs, None, consent))


def _from_elsewhere(session: Session, consent: Consent) -> Iterator[events.Event]:
    """Install wheels from indexes in recipes instead of building, with consent."""
    with session.timed("foresee"):
        offers = offers_elsewhere(session)
    if offers:
        yield from _take(session, offers, consent)


def _take(session: Session, offers: Iterable[Offer], consent: Consent) -> Iterator[events.Event]:
    """Install these wheels if a person agrees; otherwise the request is built."""
    steps = tuple(step_for(offer, session.host_to_install()) for offer in offers)
    plan = plan_of(session, PlanDraft(steps), None)
    yield events.PlanProposed(plan)
    if not agreed(session, plan, consent):
        return
    with session.timed("apply"):
        yield from apply(session, steps)  # where one fails, what it would bring is built
    session.forecast_builds()  # what is installed by now is not built


def _broken(diagnosis: Diagnosis) -> tuple[str, ...]:
    """Return the project that was built and cannot be imported."""
    return (diagnosis.project,) if diagnosis.phase == "import" and diagnosis.project else ()


def _last_resort(
    session: Session, ending: Ending, failed: Diagnosis | Stopped, consent: Consent
) -> MaybeEnding:
    """Use another version that is available here, with consent; otherwise suggest it."""
    if {project_of(pin) for pin in session.state.pins}.intersection(
        named_projects(session.request)
    ):
        return ending
    diagnosis = failed if isinstance(failed, Diagnosis) else None
    with session.timed("foresee"):
        found = last_resort(session, diagnosis)
    request = session.request
    if found.pin and (not request.unattended or request.allow_version_change):
        return (yield from _carry_out(session, PlanDraft((found.pin,)), diagnosis, consent))
    if diagnosis:
        ending = _told_where(session, ending, diagnosis)
    reason = " ".join(filter(None, (ending.reason, found.reason)))
    return replace(ending, reason=reason, todo=(*ending.todo, *found.told))


def _told_where(session: Session, ending: Ending, diagnosis: Diagnosis) -> Ending:
    """Say which index did not respond, and where else the project is available."""
    absent = diagnosis.cause is not None and diagnosis.cause.kind == "no-distribution"
    name = diagnosis.cause.subject if absent and diagnosis.cause else diagnosis.project or ""
    silent = session.foreseen_so_far().troubles if absent else ()
    told = (*(f"{one}." for one in silent), *places_elsewhere(name, session.knowledge))
    return replace(ending, reason=" ".join((ending.reason, *told)))


def _answer(session: Session, failed: Diagnosis, consent: Consent) -> MaybeEnding:
    """Apply the first strategy that has an answer; return the ending if none has."""
    for asked in (*AFTER_A_FAILURE, no_known_fix):
        answer, done = asked(session, failed), _changes(session)
        if answer is None:
            continue
        for record in answer.records:
            _learn(session, record)
        if isinstance(answer, GiveUp):
            return answer.ending
        ending = (yield from apply(session, answer.steps)) if answer.steps else None
        if ending is None:
            ending = yield from _settle(session, answer.needs(), failed, consent)
        if ending or _changes(session) != done:
            return ending
    return Ending("unfixed", failed.says)


def _learn(session: Session, record: Record) -> None:
    """Record what a failure showed; its memory use also for later runs."""
    session.journal.add(record)
    if isinstance(record, learned.MemoryShort) and record.project and record.per_job:
        session.given.peaks.learn(record.project, record.per_job + 1)


def _changes(session: Session) -> int:
    """Return how many applied steps may let a build get further."""
    return sum(step.looks_up is None for step in session.state.applied)


def _settle(
    session: Session, needs: Iterable[Need], diagnosis: Diagnosis | None, consent: Consent
) -> MaybeEnding:
    """Provide what is not settled yet: propose, get consent, apply; return the ending, if any.

    Needs that require the system's file index are planned again once the index is there.
    """
    causes = diagnosis.causes if diagnosis else ()
    open_needs = [need for need in dict.fromkeys(needs) if need not in session.state.settled]
    unreachable: Ending | None = None
    while True:
        with session.timed("foresee"):
            found = session.draft_plan(open_needs, causes) if open_needs else PlanDraft()
        if unreachable and not set(unreachable.instead).isdisjoint(dict(found.unmet)):
            return unreachable
        if unreachable:
            found, unreachable = replace(found, steps=(*found.steps, *unreachable.steps)), None
        ending = yield from _provide(session, found, diagnosis, consent)
        if ending and ending.instead:
            session.journal.add(learned.DownloadsReplaced(ending.instead))
            open_needs = list(dict.fromkeys((*open_needs, *ending.instead)))
            unreachable = ending
            continue
        if ending or not found.steps:
            return ending
        done = (need for need in open_needs if need not in found.deferred)
        session.journal.add(learned.NeedsSettled(tuple(done)))
        open_needs = list(found.deferred)
        if not open_needs:
            return None


def _provide(
    session: Session, found: PlanDraft, diagnosis: Diagnosis | None, consent: Consent
) -> MaybeEnding:
    """Carry out a plan, or end because builds that nothing is planned for cannot fetch something.

    A failed build has told that itself.
    """
    if found.steps:
        return (yield from _carry_out(session, found, diagnosis, consent))
    return None if diagnosis else unreachable_download(session, ())


def _carry_out(
    session: Session, found: PlanDraft, diagnosis: Diagnosis | None, consent: Consent
) -> MaybeEnding:
    return (yield from carry_out(session, plan_of(session, found, diagnosis), consent))
