"""The dry run: what `repair` would do, on this host or another, with nothing built or changed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from buildfix import events
from buildfix.errors import TargetError
from buildfix.foresee.outlook import Outlook, look_ahead
from buildfix.hosts import find_interpreter
from buildfix.hosts.presence import lacking
from buildfix.installers.requirements import check, requirements_asked
from buildfix.knowledge import Knowledge
from buildfix.model import Cause, Diagnosis, Host, Request
from buildfix.repair.avoid import house_to_look_into, newer_pip
from buildfix.repair.loop import (
    elsewhere,
    needs_at_first,
    open_session,
    plan_of,
    replaces_target,
)
from buildfix.repair.peaks import Peaks
from buildfix.repair.session import Session
from buildfix.run import Machine


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
    index does not answer.
    """
    if host is None:
        session = open_session(request, machine, knowledge, scratch, Peaks(peaks, learns=False))
        asked_of = session.interpreter
        session.house = house_to_look_into(request, scratch)
    else:
        session = _session_elsewhere(request, machine, knowledge, scratch, host)
        asked_of = find_interpreter(machine, None)
    known = needs_at_first(session)
    upgrade = newer_pip(session) if host is None and not replaces_target(known) else None
    outlook = look_ahead(
        session.as_installed(),
        session.host,
        machine,
        asked_of.path,
        knowledge,
        scratch,
        elsewhere=host is not None or upgrade is not None,
    )
    session.coming = outlook.coming
    diagnosis = _missing_from_index(request, outlook, knowledge)
    if diagnosis:
        yield events.CauseFound(diagnosis)
    needs = outlook.needs(knowledge)
    if host is None:
        needs = lacking(needs, session.host(), machine, knowledge)
    found = session.prescribe((*known, *needs))
    if upgrade:
        found = replace(found, steps=(upgrade, *found.steps))
    yield events.PlanProposed(plan_of(session, found, diagnosis))


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


def _missing_from_index(
    request: Request, outlook: Outlook, knowledge: Knowledge
) -> Diagnosis | None:
    """Return what is asked for and cannot be had; raises TargetError where nothing can be asked."""
    if requirements_asked(request) and not outlook.known and request.installer == "pip":
        raise TargetError(
            "What would be installed could not be found out: the index did not answer.",
            do="Check the network and pip's index settings.",
        )
    missing = next(
        (one for one in outlook.coming if one.version is None and one.why == "asked"), None
    )
    if missing is None:
        return None
    text = f"No version of {missing.requirement} in the index fits."
    cause = Cause("no-distribution", missing.requirement, 1, text)
    where = " ".join(elsewhere(missing.name, knowledge))
    return Diagnosis(failed=True, phase="resolve", cause=cause, says=text, advice=where)
