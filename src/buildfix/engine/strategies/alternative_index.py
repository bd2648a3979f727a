"""Installs a wheel of the same version from an index in the project's recipe instead of building.

It is the requested version, but from someone else: a person is asked, and may decline and build.
Unattended, only the index is used from which the project itself tells users to install. Only that
one wheel comes from there; everything else comes from the user's own indexes.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Iterator
from typing import TYPE_CHECKING

from buildfix.catalog import Knowledge
from buildfix.catalog.projects import ProjectRecipe
from buildfix.core import FetchOptions, Host, Need, RunCommand, Step
from buildfix.core.redaction import redacted
from buildfix.engine.strategies.alternatives import from_source_by_will
from buildfix.installers.by_name import install_from
from buildfix.installers.requirements import ParsedRequest, requirements_asked

if TYPE_CHECKING:
    from buildfix.forecast.resolution import ResolvedDistribution
    from buildfix.wheels.recipe_index import Offer


def handle(
    request: ParsedRequest,
    fetch: FetchOptions,
    coming: Iterable[ResolvedDistribution],
    direct: Container[str],
    recipe: Callable[[str], ProjectRecipe | None],
    offer: Callable[[str, ProjectRecipe], Offer | None],
) -> tuple[Offer, ...]:
    """Return the wheels that indexes named by recipes have of what would be built.

    `coming` is what would be installed, `direct` are the projects that come from a path or URL.
    `offer` asks an index: nothing about projects whose recipe names none.
    """
    if fetch.closed or fetch.folders is not None:
        return ()
    return tuple(
        found
        for text, one in _candidates(request, coming, direct, recipe)
        if (found := offer(text, one)) and (found.own or not request.unattended)
    )


def places_elsewhere(name: str, knowledge: Knowledge) -> Iterator[str]:
    """Yield sentences on where else a project, or wheels of it, are available."""
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


def _candidates(
    request: ParsedRequest,
    coming: Iterable[ResolvedDistribution],
    direct: Container[str],
    recipe: Callable[[str], ProjectRecipe | None],
) -> Iterator[tuple[str, ProjectRecipe]]:
    """Yield the requirements that a build may serve, each with its recipe that names an index."""
    seen = set(from_source_by_will(request))
    asked = ((one.word, one.name or "") for one in requirements_asked(request))
    others = ((f"{one.name}=={one.version}", one.name) for one in coming if _is_built(one, direct))
    for text, name in (*asked, *others):
        found = None if name in seen else recipe(name)
        if found and found.indexes:
            seen.add(name)
            yield text, found


def _is_built(one: ResolvedDistribution, direct: Container[str]) -> bool:
    """Return whether a distribution comes from the index and must be built."""
    return bool(one.version) and not one.wheel and one.name not in direct
