"""From causes and needs to the steps that meet them, for any host: plain functions on plain data.

No name that a log says reaches a package manager: packages come from the host's recipe, or from
the system's own index.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from buildfix.knowledge import Knowledge
from buildfix.knowledge.systems import HostRecipe
from buildfix.model import Cause, Host, Need, Step
from buildfix.prescribe.basket import Basket, Prescription, add, all_needs
from buildfix.prescribe.index import Index, NoIndex
from buildfix.prescribe.needs import capabilities_of, needs_of
from buildfix.prescribe.python import provide_venv
from buildfix.prescribe.remedies import remedy_of, remedy_step
from buildfix.prescribe.roads import Road, road_to
from buildfix.prescribe.system import system_steps

__all__ = ["Index", "NoIndex", "Prescription", "needs_of", "prescribe"]


@dataclass(frozen=True)
class _Place:
    """Where and by what knowledge a prescription is made."""

    host: Host
    recipe: HostRecipe | None
    knowledge: Knowledge
    index: Index
    attended: bool


def prescribe(
    needs: Iterable[Need],
    host: Host,
    knowledge: Knowledge,
    causes: Iterable[Cause] = (),
    *,
    index: Index | None = None,
    attended: bool = True,
) -> Prescription:
    """Return the steps that meet `needs` on `host`; raises RecipeError.

    Needs of kind `build` and `run` name a capability by its id; others are causes, by their kind.
    `causes` are where the needs came from, for the remedies that their recipes name. The host's
    own package lists answer what no recipe knows, where there is an `index`.
    """
    place = _Place(host, knowledge.host(host), knowledge, index or NoIndex(), attended)
    remedies = {cause.identity: remedy_of(cause, knowledge) for cause in causes}
    basket = Basket()
    unknown: list[Need] = []
    for need in needs:
        if remedy := remedies.get((need.kind, need.subject)):
            basket.steps.append(remedy_step(remedy, need, host.interpreter))
        elif need.kind == "externally-managed":
            provide_venv(need, host, place.recipe, basket)
        elif not _provide(need, place, basket) and knowledge.brings(need.kind):
            unknown.append(need)
    _look_up(unknown, place, basket)
    return Prescription(tuple(_steps(basket, place)), tuple(basket.unmet))


def _provide(need: Need, place: _Place, basket: Basket) -> bool:
    """Put what meets a need, and what it always needs with it, into the basket.

    Returns whether anyone knows what it lacks and how that comes here.
    """
    capabilities = capabilities_of(need, place.knowledge)
    if not capabilities or place.recipe is None:
        return False
    road, *companions = (
        road_to(
            one,
            need if one is capabilities[0] else Need(need.kind, one.id),
            place.host,
            place.recipe,
            place.index,
        )
        for one in capabilities
    )
    if not road.leads:
        basket.unmet.append((need, road.why_not))
        return True
    if not _is_there(road, place.host):
        for one in (road, *filter(lambda companion: companion.leads, companions)):
            _take(one, need, place.host, place.recipe, basket)
    return True


def _is_there(road: Road, host: Host) -> bool:
    """Say whether a road leads to where the host is already."""
    if road.pypi:
        return False
    if road.entry.setup:
        return road.entry.setup in host.setups
    return host.packages.issuperset(road.packages)


def _take(road: Road, need: Need, host: Host, recipe: HostRecipe, basket: Basket) -> None:
    """Put into the basket what a road brings and the host has not."""
    if road.pypi:
        add(basket.pypi, road.pypi, need)
        return
    if road.entry.setup and road.entry.setup not in host.setups:
        add(basket.setups, road.entry.setup, need)
    missing = [name for name in road.packages if name not in host.packages]
    for name in missing:
        basket.want(road.entry.manager or recipe.manager, name, need)
    if road.entry.keg:
        add(basket.kegs, road.entry.keg, need)
    if missing and road.entry.repository:
        add(basket.repositories, road.entry.repository, need)


def _look_up(needs: list[Need], place: _Place, basket: Basket) -> None:
    """Ask the system's own index for what no recipe knows."""
    found = place.index.owners(needs) if needs and place.recipe else {}
    for need in needs:
        owners = found.get(need, ())
        if owners and place.recipe and (owners[0].sure or place.attended):
            if owners[0].package not in place.host.packages:
                basket.want(place.recipe.manager, owners[0].package, need)
        elif owners:
            names = ", ".join(dict.fromkeys(owner.package for owner in owners))
            basket.unmet.append((need, f"several packages hold {need.subject}: {names}"))
        elif place.recipe is None:
            basket.unmet.append((need, f"buildfix has no recipe for {place.host.title} yet"))
        else:
            basket.unmet.append((need, f"buildfix has no recipe for {need.subject} yet"))


def _steps(basket: Basket, place: _Place) -> Iterator[Step]:
    if place.recipe:
        yield from system_steps(basket, place.host, place.recipe, attended=place.attended)
    if basket.pypi:
        yield _pypi_step(basket, place.host)
    yield from basket.steps


def _pypi_step(basket: Basket, host: Host) -> Step:
    """Return the step that installs tools from PyPI into the target environment."""
    python = host.interpreter.path if host.interpreter else "python3"
    names = tuple(basket.pypi)
    return Step(
        "command",
        f"Install {', '.join(names)} from PyPI into the target environment",
        all_needs(basket.pypi),
        argv=(python, "-m", "pip", "install", *names),
    )
