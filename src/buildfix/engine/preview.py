"""The dry run: what `repair` would do, on this host or another, with nothing built or changed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from packaging.version import Version

from buildfix.catalog import Knowledge
from buildfix.core import Diagnosis, Host, Interpreter, Need, Request, Step, events
from buildfix.core.errors import TargetError
from buildfix.engine.loop import (
    needs_at_first,
    open_session,
    plan_of,
    replaces_target,
    target_after,
)
from buildfix.engine.memory_history import MemoryHistory
from buildfix.engine.reproducible_plan import install_alone
from buildfix.engine.session import Session
from buildfix.engine.step_changes import cleaning_to_come
from buildfix.engine.strategies.alternative_index import offers_elsewhere, step_for
from buildfix.engine.strategies.alternative_release import another_release
from buildfix.engine.strategies.alternatives import (
    house_to_look_into,
    how_to_take,
    newer_pip,
    other_ways,
)
from buildfix.engine.strategies.missing_pip import (
    as_with_pip,
    pip_steps,
    pip_to_ask,
    without_repetition,
)
from buildfix.engine.strategies.out_of_memory import programs_lacking
from buildfix.engine.strategies.preflight import refusal
from buildfix.engine.strategies.unresolvable import unresolvable
from buildfix.forecast.builds import Forecast, forecast_builds
from buildfix.installers import installer_of, redacted, repeatable
from buildfix.installers.requirements import (
    check,
    parse,
    pinned,
    repositories_asked,
    requirements_asked,
)
from buildfix.machines.local import Machine
from buildfix.platforms import find_interpreter
from buildfix.platforms.presence import lacking
from buildfix.providers import PlanDraft

if TYPE_CHECKING:
    from buildfix.wheels import Offer

_TELLS = Version("21.1")
"""The first pip whose own `packaging` reads the names of wheels, for a Python too old for ours."""


def preview(
    request: Request,
    machine: Machine,
    knowledge: Knowledge,
    scratch: Path,
    host: Host | None = None,
    peaks: Path | None = None,
) -> Iterator[events.Event]:
    """Say what `repair` would do, changing nothing outside `scratch`; PlanProposed is the last.

    With `host` for that one instead of this. Raises as `repair` does, and TargetError where the
    index does not answer or what was asked for by its URL cannot be fetched.
    """
    session, asked_of, brought = _open(request, machine, knowledge, scratch, host, peaks)
    session.house = house_to_look_into(request, scratch, local=host is None)
    known = needs_at_first(session)
    as_it_is = host is None and not brought and not replaces_target(known)
    upgrade = newer_pip(session) if as_it_is else None
    offers = offers_elsewhere(session) if as_it_is else ()
    elsewhere = asked_of is not session.interpreter or upgrade is not None
    fresh = replaces_target(known)
    outlook = _look_ahead(session, offers, asked_of.path, scratch, elsewhere=elsewhere, fresh=fresh)
    if asked_of.pip or not brought:
        _check_answered(session.request, outlook, asked_of)
    unread = (*_not_fetched(session.request), *outlook.unread, *_uncertain(outlook))
    yield from map(events.SourceUnread, unread)
    found = session.draft_plan((*known, *_lacking(session, outlook)))
    refused = _cannot_be_resolved(session, outlook)
    if not refused and (unbuildable := refusal(session, outlook.askers(knowledge), found)):
        refused = _with_way_out(session, unbuildable)
    if refused:
        yield events.CauseFound(refused)
        plan = plan_of(session, replace(found, steps=()), refused)
    else:
        taken = (step_for(offer, session.host_to_install()) for offer in offers)
        first = (*brought, *filter(None, (upgrade,)), *taken)
        plan = plan_of(session, _whole(session, first, found), None)
    alone = install_alone(session, plan.steps, target_after(session, plan.steps))
    install = repeatable(plan.install)
    yield events.PlanProposed(replace(plan, install=install, alone=alone, unread=unread))


def _open(
    request: Request,
    machine: Machine,
    knowledge: Knowledge,
    scratch: Path,
    host: Host | None,
    peaks: Path | None,
) -> tuple[Session, Interpreter, tuple[Step, ...]]:
    """Return what is planned for, whose pip is asked, and the steps that bring it its own pip."""
    if host is not None:
        session = _session_elsewhere(request, machine, knowledge, scratch, host)
        return session, find_interpreter(machine, None), ()
    session = open_session(request, machine, knowledge, scratch, MemoryHistory(peaks, learns=False))
    asked_of, brought = pip_to_ask(session), pip_steps(session)
    if brought:
        as_with_pip(session, asked_of)
    return session, asked_of, brought


def _look_ahead(
    session: Session,
    offers: Sequence[Offer],
    python: str,
    scratch: Path,
    *,
    elsewhere: bool,
    fresh: bool,
) -> Forecast:
    """Return what would come and be built, as the pip of `python` says; raises TargetError."""
    outlook = forecast_builds(
        _with_offers(session.as_installed(), offers),
        session.host,
        session.machine,
        python,
        session.knowledge,
        scratch,
        elsewhere=elsewhere,
        fresh=fresh,
    )
    for one in outlook.unreachable:
        raise TargetError(
            f"Cannot fetch {redacted(one.url)}: {one.trouble}.", do="Check the address."
        )
    session.coming = outlook.coming
    return outlook


def _lacking(session: Session, outlook: Forecast) -> tuple[Need, ...]:
    """Return what the builds need and the host lacks, as far as that can be seen."""
    needs = outlook.needs(session.knowledge)
    if session.local:
        needs = lacking(needs, session.host(), session.machine, session.knowledge)
    return (*needs, *programs_lacking(session, outlook.build_requires()))


def _with_way_out(session: Session, refused: Diagnosis) -> Diagnosis:
    """Return a refusal with the release that can be had here instead, where one is known."""
    if not session.local:
        return refused
    step = other_ways(session).version or another_release(session, refused)
    return replace(refused, advice=how_to_take(step)) if step else refused


def _whole(session: Session, first: Sequence[Step], found: PlanDraft) -> PlanDraft:
    """Return a prescription with what goes before it, and the cleaning that follows the install."""
    steps = (*first, *without_repetition(found.steps, first))
    after = cleaning_to_come(steps, session.host()) if session.request.clean else ()
    return replace(found, steps=(*steps, *after))


def _not_fetched(request: Request) -> Iterator[str]:
    """Yield what was asked for that only the install itself fetches, each in a sentence."""
    for one in repositories_asked(request):
        yield f"{redacted(one.word)} is a repository; a dry run does not fetch repositories."
    for place in request.requirement_files:
        if not Path(place).is_file():
            yield (
                f"{redacted(place)} is a remote requirements file; a dry run does not fetch those."
            )


def _with_offers(request: Request, offers: Sequence[Offer]) -> Request:
    """Return the request as one looks ahead for it: the wheels from elsewhere are there, too."""
    pins = [offer.requirement for offer in offers]
    if not pins:
        return request
    more = tuple(word for offer in offers for word in offer.besides)
    return replace(pinned(request, pins), installer_args=(*request.installer_args, *more))


def _session_elsewhere(
    request: Request, machine: Machine, knowledge: Knowledge, scratch: Path, host: Host
) -> Session:
    asked = parse(request)
    check(asked)
    if host.interpreter is None:
        raise TargetError(
            f"The description of {host.title} does not include an interpreter.",
            do="Write it with `buildfix doctor --json` on that host.",
        )
    return Session(asked, machine, knowledge, scratch, host.interpreter, facts=host, local=False)


def _check_answered(request: Request, outlook: Forecast, asked: Interpreter) -> None:
    """Raise TargetError where pip was to be asked and did not tell."""
    uses_pip = installer_of(request.installer).uses_pip
    if outlook.known or not requirements_asked(request) or not uses_pip:
        return
    why, do = "pip gave no answer", "Check the network connection and pip's index settings."
    if asked.pip and Version(asked.pip) < _TELLS:
        why = f"pip {asked.pip} is too old for a dry run"
        do = f"Upgrade it: {asked.path} -m pip install --upgrade pip."
    raise TargetError(f"Cannot determine what would be installed: {why}.", do=do)


def _cannot_be_resolved(session: Session, outlook: Forecast) -> Diagnosis | None:
    """Return why pip would refuse, if it is pip that installs."""
    if not installer_of(session.request.installer).uses_pip:
        return None
    version = session.interpreter.version
    return unresolvable(outlook.refused, outlook.troubles, session.knowledge, version)


def _uncertain(outlook: Forecast) -> Iterator[str]:
    """Yield that it is not certain what pip would take, where it is not."""
    if outlook.refused and not outlook.refused.certain:
        yield "Cannot be certain which versions pip would choose."
