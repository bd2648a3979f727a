"""Proposes plans, and carries out those that were agreed to."""

from __future__ import annotations

from collections.abc import Callable

from buildfix.core import Plan, events
from buildfix.core.report import CANCELLED
from buildfix.engine.builds_at_once import sources_meanwhile
from buildfix.engine.executor import apply, obstacle
from buildfix.engine.outcome import Ending, MaybeEnding
from buildfix.engine.running_builds import built_meanwhile
from buildfix.engine.session import Session
from buildfix.engine.unreachable import unreachable_download

Consent = Callable[[Plan], bool]
"""Returns whether a plan may be applied."""


def carry_out(session: Session, plan: Plan, consent: Consent) -> MaybeEnding:
    """Propose a plan and apply its steps, with consent; return the ending if that fails."""
    yield events.PlanProposed(plan)
    if blocked := obstacle(session, plan.steps):
        return blocked
    if not agreed(session, plan, consent):
        return Ending("person-needed", CANCELLED, plan.steps)
    if plan.diagnosis is None and (silent := unreachable_download(session, plan.steps)):
        return silent
    meanwhile = sources_meanwhile(session, plan.steps)
    with session.timed("apply"), built_meanwhile(session, meanwhile) as rest:
        ending = yield from apply(session, plan.steps)
        if ending is None:
            yield from rest()
    return ending


def agreed(session: Session, plan: Plan, consent: Consent) -> bool:
    """Return whether a plan may be applied, and record the answer."""
    answer = consent(plan)
    session.journal.add(events.PlanAnswered(answer))
    return answer
