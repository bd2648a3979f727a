"""The dry run: the engine without changes, for this host or another."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from buildfix.catalog import Knowledge
from buildfix.catalog.command_words import command_words
from buildfix.core import Diagnosis, Host, Need, PlanDraft, Request, Step, events, learned
from buildfix.core.errors import TargetError
from buildfix.core.light_dataclass import dataclass
from buildfix.core.program import own_command
from buildfix.core.redaction import redacted
from buildfix.core.tell import Tell, silent
from buildfix.engine.killed_run import KilledRun
from buildfix.engine.loop import open_session
from buildfix.engine.memory_history import MemoryHistory
from buildfix.engine.outcome import (
    ChooseTorch,
    FinishInterrupted,
    MeetNeeds,
    Refuse,
    Stage,
    TakeOffers,
    UpgradePip,
)
from buildfix.engine.planner import plan_of, stages, target_after
from buildfix.engine.reproducible_plan import install_alone
from buildfix.engine.session import RunContext, Session
from buildfix.engine.step_changes import cleaning_to_come
from buildfix.engine.strategies import missing_pip
from buildfix.engine.strategies.alternative_index import step_for
from buildfix.engine.strategies.alternatives import how_to_take
from buildfix.engine.strategies.order import last_resort
from buildfix.engine.wheelhouse_use import house_to_look_into
from buildfix.installers import installer_of, repeatable
from buildfix.installers.requirements import (
    ParsedRequest,
    check,
    parse,
    repositories_asked,
    requirements_asked,
)
from buildfix.machines.local import Machine
from buildfix.platforms.interpreter import find_interpreter


@dataclass(frozen=True)
class FirstPlan:
    """What a run would do before its first build, if everything is accepted and succeeds."""

    draft: PlanDraft
    refused: Diagnosis | None = None
    """Why it would do nothing, because a build cannot succeed."""


def dry_run(
    request: Request,
    machine: Machine,
    knowledge: Knowledge,
    scratch: Path,
    host: Host | None = None,
    peaks: Path | None = None,
    killed: Sequence[KilledRun] = (),
    tell: Tell = silent,
) -> Iterator[events.Event]:
    """Yield what `repair` would do, changing nothing outside `scratch`; PlanProposed is last.

    With `host`, plan for that host instead of this one; otherwise after the runs that were
    `killed`. Raises the same as `repair`, and TargetError if the index does not respond or a
    requested URL cannot be fetched.
    """
    history = MemoryHistory(peaks, learns=False)
    if host is None:
        session = open_session(
            request, machine, knowledge, scratch, history, killed=killed, dry=True, tell=tell
        )
    else:
        asked = parse(request)
        check(asked)
        tell(f"Resolving {redacted(' '.join(asked.words))}")
        session = open_elsewhere(asked, machine, knowledge, scratch, host, tell)
    house = house_to_look_into(request, scratch, local=host is None)
    session = replace(session, house=house)
    first = first_plan(session)
    _check_fetched(session)
    unread = (*_not_fetched(session), *session.foreseen().unread, *_uncertain(session))
    yield from map(events.SourceUnread, unread)
    if first.refused:
        refused = _with_way_out(session, first.refused)
        yield events.CauseFound(refused)
        plan = plan_of(session, replace(first.draft, steps=()), refused)
    else:
        plan = plan_of(session, _with_cleaning(session, first.draft), None)
    alone = install_alone(session, plan.steps, target_after(session, plan.steps))
    install = repeatable(plan.install)
    yield events.PlanProposed(replace(plan, install=install, alone=alone, unread=unread))


def first_plan(session: Session, also: tuple[Need, ...] = ()) -> FirstPlan:
    """Return the stages before the first build as one plan, each assumed to succeed.

    `also` are additional needs.
    """
    steps: tuple[Step, ...] = ()
    found = PlanDraft()
    for stage in stages(session, also, wait=True):
        found = _draft(session, stage)
        if isinstance(stage, Refuse):
            return FirstPlan(found, stage.diagnosis)
        done = {step.argv for step in steps if step.argv}  # such as fetching package lists
        steps += tuple(step for step in found.steps if step.argv not in done)
        _assume(session, stage)
    return FirstPlan(replace(found, steps=steps))


def _draft(session: Session, stage: Stage) -> PlanDraft:
    match stage:
        case MeetNeeds(needs) | Refuse(needs=needs):
            return session.draft_plan(need for need in needs if need not in session.state.settled)
        case UpgradePip(step) | FinishInterrupted(step):
            return PlanDraft((step,))
        case ChooseTorch(steps=steps):
            return PlanDraft(steps)
        case TakeOffers(offers):
            return PlanDraft(tuple(step_for(one, session.host_to_install()) for one in offers))


def _assume(session: Session, stage: Stage) -> None:
    """Continue as if a stage was done."""
    match stage:
        case MeetNeeds(needs) if needs and needs == missing_pip.lacking(session):
            missing_pip.assume_pip(session)
            session.journal.add(learned.NeedsSettled(needs))
        case UpgradePip():
            session.journal.add(learned.PipUpgradeAssumed())
            session.analysis.forget()
        case ChooseTorch(library):
            session.journal.add(learned.TorchAssumed(library))
            session.analysis.forget()
        case TakeOffers(offers):
            requirements = tuple(offer.requirement for offer in offers)
            besides = tuple(word for offer in offers for word in offer.besides)
            session.journal.add(learned.WheelsAssumed(requirements, besides))
            session.analysis.forget()
        case _:
            pass


def open_elsewhere(
    asked: ParsedRequest,
    machine: Machine,
    knowledge: Knowledge,
    scratch: Path,
    host: Host,
    tell: Tell = silent,
) -> Session:
    """Look at a request for another host, with the pip of an interpreter of this one.

    Raises TargetError if nothing is known of that host's Python.
    """
    if host.interpreter is None:
        raise TargetError(
            f"The description of {host.title} does not include an interpreter.",
            do=f"Write it with `{own_command('doctor --json')}` on that host.",
        )
    python = host.interpreter
    session = Session(
        RunContext(
            asked, machine, knowledge, scratch, python, host, local=False, dry=True, tell=tell
        )
    )
    if asked.items:
        session.journal.add(learned.PipAssumed(find_interpreter(machine, None), python))
    return session


def _check_fetched(session: Session) -> None:
    """Raise TargetError if a URL cannot be fetched, or pip did not say what it would install."""
    foreseen, request = session.foreseen(), session.request
    for one in foreseen.unreachable:
        raise TargetError(
            f"Cannot fetch {redacted(one.url)}: {one.trouble}.", do="Check the address."
        )
    uses_pip = installer_of(request.installer).uses_pip
    if foreseen.known or not requirements_asked(request) or not uses_pip:
        return
    asked = session.asked_interpreter()
    if not asked.pip and session.local and not session.asks_target_pip:
        return  # nothing here has a pip that could be asked
    why, do = "pip did not respond", "Check the network connection and pip's index settings."
    if asked.pip and not command_words().pip_has("reads-wheel-names", asked.pip):
        why = f"pip {asked.pip} is too old for a dry run"
        do = f"Upgrade it: {asked.path} -m pip install --upgrade pip."
    raise TargetError(f"Cannot determine what would be installed: {why}.", do=do)


def _with_way_out(session: Session, refused: Diagnosis) -> Diagnosis:
    """Return a refusal with the release that would work here, if one is known."""
    if not session.local or refused.phase == "resolve":
        return refused
    step = last_resort(session, refused).pin
    return replace(refused, advice=how_to_take(step)) if step else refused


def _with_cleaning(session: Session, found: PlanDraft) -> PlanDraft:
    after = cleaning_to_come(found.steps, session.host()) if session.request.clean else ()
    return replace(found, steps=(*found.steps, *after))


def _not_fetched(session: Session) -> Iterator[str]:
    """Yield a sentence for each request that only the install itself fetches."""
    for one in repositories_asked(session.request):
        yield f"{redacted(one.word)} is a repository; a dry run does not fetch repositories."
    for place in session.request.requirement_files:
        if not Path(place).is_file():
            yield (
                f"{redacted(place)} is a remote requirements file; a dry run does not fetch those."
            )


def _uncertain(session: Session) -> Iterator[str]:
    """Yield that pip's choice is uncertain, if it is."""
    refused = session.foreseen().refused
    if refused and not refused.certain:
        yield "buildfix cannot tell for certain which versions pip would choose."
