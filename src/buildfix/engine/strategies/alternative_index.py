"""A wheel of the same version from an index that the project's recipe names, in place of a build.

It is the version that was asked for, and somebody else to trust: a person is asked, and may refuse
and build. Unattended it is taken from where the project itself tells its users to install from.
That one wheel is taken from there and nothing else: all others come from the user's own indexes.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from buildfix.catalog import Knowledge
from buildfix.catalog.projects import ProjectRecipe
from buildfix.core import Host, Need, RunCommand, Step, learned
from buildfix.engine.origins import known_origins
from buildfix.engine.session import Session
from buildfix.engine.strategies.alternatives import verdict_of
from buildfix.installers import network_options, redacted
from buildfix.installers.by_name import install_from
from buildfix.installers.requirements import named_projects, requirements_asked

if TYPE_CHECKING:
    from buildfix.wheels.recipe_index import Offer


def offers_elsewhere(session: Session) -> tuple[Offer, ...]:
    """Return the wheels that indexes named by recipes have of what would be built.

    Nothing is asked about projects whose recipe names none, and about each address once.
    """
    request, fetch = session.request, session.fetch_options()
    if session.interpreter.pip is None or fetch.closed or fetch.folders is not None:
        return ()
    return tuple(
        offer
        for text, recipe in _candidates(session)
        if (offer := _offer(session, text, recipe)) and (offer.own or not request.unattended)
    )


def places_elsewhere(name: str, knowledge: Knowledge) -> Iterator[str]:
    """Yield sentences on where a project is to be had that the index has not, or not built."""
    recipe = knowledge.project(name)
    if recipe and (recipe.wheels or recipe.indexes):
        yield f"Prebuilt wheels: {recipe.wheels or recipe.indexes[0].url}."
    if recipe and recipe.repository:
        yield f"To build it from its repository, request '{recipe.name} @ {recipe.repository}'."


def step_for(offer: Offer, host: Host) -> Step:
    """Return the step that installs that wheel and nothing else."""
    whose = "the project's own index" if offer.own else "a third-party index"
    where = redacted(offer.url)
    return RunCommand(
        f"Install {offer.filename} from {where}, {whose}: your index has no compatible wheel",
        (Need("no-distribution", offer.requirement),),
        argv=install_from(host, offer.only, offer.requirement),
    )


def _candidates(session: Session) -> Iterator[tuple[str, ProjectRecipe]]:
    """Yield the requirements that a build may serve, each with its recipe that names an index."""
    request = session.request
    by_will = frozenset(named_projects(request) if request.from_source else ())
    coming = session.foreseen_so_far().coming
    direct = known_origins(session).named
    sdists = (one for one in coming if one.version and not one.wheel and one.name not in direct)
    asked = ((one.word, one.name or "") for one in requirements_asked(request))
    builds = ((f"{one.name}=={one.version}", one.name) for one in sdists)
    seen: set[str] = set()
    for text, name in (*asked, *builds):
        recipe = session.knowledge.project(name)
        if recipe and recipe.indexes and name not in by_will and name not in seen:
            seen.add(name)
            yield text, recipe


def _offer(session: Session, text: str, recipe: ProjectRecipe) -> Offer | None:
    question = (text, session.host().cuda.torch)
    if question in session.state.asked_elsewhere:
        return None
    session.journal.add(learned.WheelsAsked(*question))
    from buildfix.wheels.recipe_index import Asked, named_offer  # only now: it takes time to load

    verdict = verdict_of(session, text)
    options = network_options(session.request)
    asked = Asked(session.interpreter.path, session.host(), options)
    return named_offer(session.machine, verdict, recipe, asked) if verdict else None
