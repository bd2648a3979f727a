"""The wheels that the indexes in recipes have of what would be built."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from packaging.specifiers import SpecifierSet

from buildfix.catalog.projects import ProjectRecipe
from buildfix.core import learned
from buildfix.engine.origins import known_origins
from buildfix.engine.session import Session
from buildfix.engine.strategies import alternative_index
from buildfix.installers import network_options, pip_options
from buildfix.installers.request_items import requirement_of

if TYPE_CHECKING:
    from buildfix.wheels.recipe_index import Offer
    from buildfix.wheels.select import Verdict


def offers_elsewhere(session: Session) -> tuple[Offer, ...]:
    """Return the wheels that indexes in recipes have; each index is asked once."""
    if session.interpreter.pip is None:
        return ()
    return alternative_index.handle(
        session.request,
        session.fetch_options(),
        session.foreseen_so_far().coming,
        known_origins(session).named,
        session.knowledge.project,
        partial(_offer, session),
    )


def _offer(session: Session, text: str, recipe: ProjectRecipe) -> Offer | None:
    question = (text, session.host().cuda.torch)
    if question in session.state.asked_elsewhere:
        return None
    session.journal.add(learned.WheelsAsked(*question))
    from buildfix.wheels.recipe_index import Asked, named_offer  # slow to load

    verdict = verdict_on(session, text)
    options = network_options(session.request)
    asked = Asked(session.interpreter.path, session.host(), session.knowledge.cuda, options)
    return named_offer(session.machine, verdict, recipe, asked) if verdict else None


def has_only_wheels(session: Session, text: str) -> bool:
    """Return whether the index has wheels for a requirement, for any system, and no source."""
    from buildfix.wheels.select import matching

    verdict = verdict_on(session, text)
    files = matching(verdict.files, verdict.requirement, verdict.target) if verdict else []
    return bool(files) and all(one.is_wheel for one in files)


def verdict_on(session: Session, text: str) -> Verdict | None:
    """Return what becomes of a requirement here; None where the index does not tell."""
    requirement = requirement_of(text)
    if requirement is None or requirement.url:  # no index is asked for what lies elsewhere
        return None
    from buildfix.wheels.listing import ask, target_of
    from buildfix.wheels.select import judge

    options = pip_options(session.as_installed())
    python, elsewhere = session.asked_interpreter().path, not session.asks_target_pip
    answer = ask(session.machine, python, requirement.name, options)
    if answer is None:
        return None
    requirement.specifier &= SpecifierSet(answer.constraint)
    target = target_of(answer, session.host(), session.interpreter, elsewhere=elsewhere)
    return judge(requirement, answer.files, target, session.knowledge.wheel_kinds)
