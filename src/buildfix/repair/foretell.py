"""The dry run: what `repair` would do, on this host or another, with nothing built or changed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from buildfix import events
from buildfix.errors import TargetError
from buildfix.foresee.outlook import Outlook, look_ahead
from buildfix.hosts import find_interpreter
from buildfix.hosts.presence import lacking
from buildfix.installers import redacted
from buildfix.installers.requirements import check, pinned, requirements_asked
from buildfix.knowledge import Knowledge
from buildfix.model import Cause, Diagnosis, Host, Interpreter, Request, Step
from buildfix.repair.avoid import house_to_look_into, newer_pip
from buildfix.repair.brought import cleaning_to_come
from buildfix.repair.elsewhere import offers_elsewhere, places_elsewhere, step_for
from buildfix.repair.loop import needs_at_first, open_session, plan_of, replaces_target
from buildfix.repair.parallel import programs_lacking
from buildfix.repair.peaks import Peaks
from buildfix.repair.pip import as_with_pip, pip_steps, pip_to_ask, without_repetition
from buildfix.repair.refusal import refusal
from buildfix.repair.session import Session
from buildfix.run import Machine

if TYPE_CHECKING:
    from buildfix.wheels import Offer


def foretell(
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
    outlook = look_ahead(
        _with_offers(session.as_installed(), offers),
        session.host,
        machine,
        asked_of.path,
        knowledge,
        scratch,
        elsewhere=asked_of is not session.interpreter or upgrade is not None,
    )
    _check_reachable(outlook)
    session.coming = outlook.coming
    if asked_of.pip or not brought:
        _check_answered(request, outlook)
    diagnosis = _missing_from_index(outlook, knowledge)
    if diagnosis:
        yield events.CauseFound(diagnosis)
    needs = outlook.needs(knowledge)
    if host is None:
        needs = lacking(needs, session.host(), machine, knowledge)
    builds = {build.name: build.reading.build_requires for build in outlook.builds}
    needs = (*needs, *programs_lacking(session, builds))
    found = session.prescribe((*known, *needs))
    if refused := refusal(session, outlook.askers(knowledge), found):
        yield events.CauseFound(refused)
        yield events.PlanProposed(plan_of(session, replace(found, steps=()), refused))
        return
    taken = tuple(step_for(offer, session.interpreter.path) for offer in offers)
    first = (*brought, upgrade, *taken) if upgrade else (*brought, *taken)
    found = replace(found, steps=(*first, *without_repetition(found.steps, brought)))
    if request.clean:
        found = replace(found, steps=(*found.steps, *cleaning_to_come(found.steps, session.host())))
    yield events.PlanProposed(plan_of(session, found, diagnosis))


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
    session = open_session(request, machine, knowledge, scratch, Peaks(peaks, learns=False))
    asked_of, brought = pip_to_ask(session), pip_steps(session)
    if brought:
        as_with_pip(session, asked_of)
    return session, asked_of, brought


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
    check(request)
    if host.interpreter is None:
        raise TargetError(
            f"The description of {host.title} names no interpreter.",
            do="Write it with `buildfix doctor --json` on that host.",
        )
    return Session(request, machine, knowledge, scratch, host.interpreter, facts=host, local=False)


def _check_reachable(outlook: Outlook) -> None:
    """Raise TargetError for the first URL of what was asked that cannot be fetched."""
    for one in outlook.unreachable:
        raise TargetError(
            f"{redacted(one.url)} cannot be fetched: {one.trouble}.", do="Check the address."
        )


def _check_answered(request: Request, outlook: Outlook) -> None:
    """Raise TargetError where the index was to be asked and did not answer."""
    if requirements_asked(request) and not outlook.known and request.installer == "pip":
        raise TargetError(
            "What would be installed could not be found out: the index did not answer.",
            do="Check the network and pip's index settings.",
        )


def _missing_from_index(outlook: Outlook, knowledge: Knowledge) -> Diagnosis | None:
    """Return what is asked for and cannot be had."""
    missing = next(
        (one for one in outlook.coming if one.version is None and one.why == "asked"), None
    )
    if missing is None:
        return None
    text = f"No version of {missing.requirement} in the index fits."
    cause = Cause("no-distribution", missing.requirement, 1, text)
    where = " ".join(places_elsewhere(missing.name, knowledge))
    return Diagnosis(failed=True, phase="resolve", cause=cause, says=text, advice=where)
