"""From causes and needs to the steps that meet them, for any host: plain functions on plain data.

No name that a log says reaches a package manager: packages come from the host's recipe, or from
the system's own index.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from operator import attrgetter

from buildfix.catalog import Knowledge
from buildfix.catalog.schema import Capability, Remedy
from buildfix.catalog.systems import HostRecipe
from buildfix.core import (
    Cause,
    ConstrainBuild,
    Host,
    Need,
    PlanDraft,
    RunCommand,
    SetVariables,
    Step,
    names_of,
)
from buildfix.core.light_dataclass import dataclass
from buildfix.core.system import system_of
from buildfix.installers.by_name import install_argv, unavailable, uninstall_argv
from buildfix.providers.abi import rebuild_steps
from buildfix.providers.cuda import cuda_road
from buildfix.providers.isolation import Builds, distribution_of, install_step, isolation_steps
from buildfix.providers.list_queries import Index, NoIndex
from buildfix.providers.needs import (
    CUDA,
    FORESEEN,
    HELD,
    OF_RUN_TIME,
    RUST,
    capabilities_of,
    needs_cuda,
)
from buildfix.providers.plan_builder import PlanBuilder, add, all_needs
from buildfix.providers.provisioning_options import ProvisioningOption, road_to
from buildfix.providers.pyproject_edits import declaration_advice
from buildfix.providers.python import provide_pip, provide_venv
from buildfix.providers.remedies import (
    is_at_run_time,
    remedy_of,
    remedy_step,
    step_at_run_time,
    why_not_fetched,
)
from buildfix.providers.rust import rust_road, strictest
from buildfix.providers.system_packages import fetch_steps, system_steps, with_resumption
from buildfix.providers.unprivileged import lacks_root
from buildfix.providers.versions import is_specifier

__all__ = ["Builds", "Index", "NoIndex", "draft_plan"]


@dataclass(frozen=True)
class _Place:
    """Where and by what knowledge a prescription is made."""

    host: Host
    recipe: HostRecipe | None
    knowledge: Knowledge
    index: Index
    attended: bool
    rust: Need
    """The Rust that serves all that is needed."""
    builds: Builds
    builds_on_torch: bool


def draft_plan(
    needs: Iterable[Need],
    host: Host,
    knowledge: Knowledge,
    causes: Iterable[Cause] = (),
    *,
    index: Index | None = None,
    attended: bool = True,
    builds: Builds | None = None,
) -> PlanDraft:
    """Return the steps that meet `needs` on `host`; raises RecipeError.

    Needs of kind `build` and `run` name a capability by its id, `installer` is the target's pip;
    others are causes, by their kind.
    `causes` are where the needs came from, for the remedies that their recipes name. The host's
    own package lists answer what no recipe knows, where there is an `index`. `builds` are
    those to come, as far as they are known.
    """
    needs = tuple(needs)
    rust = strictest(needs, host, knowledge.rust) if knowledge.rust else Need("build", RUST)
    recipe, index = knowledge.host(host), index or NoIndex()
    builds = builds or Builds()
    torch = builds.import_("torch", needs)
    place = _Place(host, recipe, knowledge, index, attended, rust, builds, torch)
    remedies = _remedies(needs, causes, knowledge)
    basket = PlanBuilder()
    whys = {
        need: _meet(need, remedies.get((need.kind, need.subject)), place, basket) for need in needs
    }
    unknown = {need: why for need, why in whys.items() if why}
    if unknown:
        _look_up(unknown, place, basket)
    steps = tuple(_steps(basket, place))
    if recipe:
        steps = with_resumption(steps, host, recipe)
    notes = tuple(dict.fromkeys(basket.notes))
    return PlanDraft(steps, tuple(basket.unmet), tuple(basket.deferred), notes)


def _remedies(
    needs: Iterable[Need], causes: Iterable[Cause], knowledge: Knowledge
) -> dict[tuple[str, str], Remedy | None]:
    """Return what is prescribed for causes, by their recipes, and for what is held."""
    held = {
        (need.kind, need.subject): Remedy("constrain", (f"{need.subject}{need.required or ''}",))
        for need in needs
        if need.kind == HELD
    }
    return {**held, **{cause.identity: remedy_of(cause, knowledge) for cause in causes}}


def _meet(need: Need, remedy: Remedy | None, place: _Place, basket: PlanBuilder) -> str:
    """Put what meets a need into the basket, by the `remedy` of its cause's own recipe if any.

    Returns why no recipe meets it where the system's own index may; nothing else.
    """
    anew = place.builds.broken if need.kind == "abi-mismatch" else None
    if remedy and not (anew and remedy.kind == "manual"):
        _remedy(remedy, need, place, basket)
    elif distribution := distribution_of(need, place.knowledge):
        _bring_module(need, distribution, place, basket)
    elif anew:
        _rebuild(need, anew, place, basket)
    elif need.kind == "externally-managed":
        provide_venv(need, place.host, place.recipe, basket)
    elif need.kind == "installer":
        provide_pip(need, place.host, place.recipe, basket, attended=place.attended)
    else:
        why = _provide(need, place, basket)
        return why if place.knowledge.brings(need.kind) else ""
    return ""


def _rebuild(need: Need, broken: str, place: _Place, basket: PlanBuilder) -> None:
    """Put in what builds an installed distribution again, or installs the other half of its pair.

    Where hashes are required it can be built: the request's own files have them.
    """
    pair, fetch = place.builds.pair, place.host.fetch
    wanted = pair or (broken if fetch.folders is not None else "")
    if wanted and (why := unavailable(wanted, fetch)):
        basket.unmet.append((need, why))
    else:
        basket.steps += rebuild_steps(need, broken, place.host, place.builds)


def _bring_module(need: Need, distribution: str, place: _Place, basket: PlanBuilder) -> None:
    """Put in what brings a module that a build lacks; no file of the user's is changed for it."""
    if why := unavailable(distribution, place.host.fetch):
        basket.unmet.append((need, why))
        return
    wanted = need.required if is_specifier(need.required) else ""
    add(basket.modules, f"{distribution}{wanted}", need)
    if need.kind == "backend-missing":
        advice = declaration_advice(need, distribution, place.builds.local)
        basket.notes += [advice] if advice else []


def _remedy(remedy: Remedy, need: Need, place: _Place, basket: PlanBuilder) -> None:
    """Put in what a cause's own recipe prescribes."""
    if why := why_not_fetched(remedy, need, place.host, place.builds):
        basket.unmet.append((need, why))
    elif is_at_run_time(remedy, need, place.builds):
        basket.steps.append(step_at_run_time(remedy, need, place.host))
    elif remedy.kind != "setup":
        basket.steps.append(remedy_step(remedy, need, place.host))
    elif place.recipe is None or remedy.setup not in place.recipe.setups:
        basket.unmet.append((need, f"no known way to {remedy.setup} on {place.host.title}"))
    elif remedy.setup not in place.host.setups:
        add(basket.setups, remedy.setup, need)


def _provide(need: Need, place: _Place, basket: PlanBuilder) -> str:
    """Put what meets a need, and what it always needs with it, into the basket.

    Returns why no recipe knows what it lacks or how that comes here, nothing where one does.
    """
    capabilities = capabilities_of(need, place.knowledge)
    unknown = f"buildfix does not have a recipe for {need.subject}"
    if not capabilities and need.kind in FORESEEN:
        basket.unmet.append((need, unknown))
        return ""
    if not capabilities:
        return unknown
    if place.recipe is None:
        return f"buildfix does not have a recipe for {place.host.title}"
    road = _road(capabilities[0], need, place, place.recipe)
    companions = (
        _road(one, Need(need.kind, one.id), place, place.recipe)
        for one in capabilities_of(need, place.knowledge, road.entry.brings)[1:]
    )
    if not road.leads and road.uncharted and need.kind not in FORESEEN:
        return road.why_not
    if not road.leads:
        basket.unmet.append((need, road.why_not))
        return ""
    if not _is_there(road, need, place.host, place.recipe):
        for one in (road, *filter(lambda companion: companion.leads, companions)):
            _take(one, need, place.host, place.recipe, basket)
    return ""


def _road(
    capability: Capability, need: Need, place: _Place, recipe: HostRecipe
) -> ProvisioningOption:
    """Return the road to a capability; those to Rust and CUDA have turnings of their own."""
    host, rust, cuda = place.host, place.knowledge.rust, place.knowledge.cuda
    if capability.id == CUDA and cuda and need.kind not in OF_RUN_TIME:
        torch = place.builds_on_torch
        return cuda_road(capability, need, host, recipe, cuda, place.index, against_torch=torch)
    if capability.id != RUST or rust is None or need.kind in OF_RUN_TIME:
        return road_to(capability, need, host, recipe, place.index)
    asked = replace(need, required=place.rust.required, newest=place.rust.newest)
    return rust_road(capability, asked, host, recipe, rust, place.index, attended=place.attended)


def _is_there(road: ProvisioningOption, need: Need, host: Host, recipe: HostRecipe) -> bool:
    """Say whether a road leads to where the host is already, and builds see it there."""
    if road.pypi or road.steps or road.suite:
        return False
    if road.entry.setup:
        return road.entry.setup in host.setups
    return host.packages.issuperset(road.packages) and not _hidden(road, need, recipe)


def _hidden(road: ProvisioningOption, need: Need, recipe: HostRecipe) -> bool:
    """Say whether builds do not look where a road's packages are unless they are told."""
    if need.kind in OF_RUN_TIME or not road.packages:
        return False
    manager = recipe.managers.get(road.entry.manager or recipe.manager)
    return bool(road.entry.keg or road.entry.variables or (manager and manager.variables))


def _take(
    road: ProvisioningOption, need: Need, host: Host, recipe: HostRecipe, basket: PlanBuilder
) -> None:
    """Put into the basket what a road brings and the host has not."""
    if road.pypi:
        add(basket.pypi, road.pypi, need)
        basket.pypi_bins += [road.pypi_bin] if road.pypi_bin else []
        return
    for step in road.steps:
        basket.take(replace(step, because=(need,)))
    if road.entry.setup and road.entry.setup not in host.setups:
        add(basket.setups, road.entry.setup, need)
    if _hidden(road, need, recipe):
        _tell(road, need, road.entry.manager or recipe.manager, basket)
    _take_packages(road, need, host, recipe, basket)


def _take_packages(
    road: ProvisioningOption, need: Need, host: Host, recipe: HostRecipe, basket: PlanBuilder
) -> None:
    if road.suite:
        for name in road.packages:
            add(basket.suites.setdefault(road.suite, {}), name, need)
        return
    missing = [name for name in road.packages if name not in host.packages]
    for name in missing:
        basket.want(road.entry.manager or recipe.manager, name, need)
    if missing and road.entry.repository:
        add(basket.repositories, road.entry.repository, need)


def _tell(road: ProvisioningOption, need: Need, manager: str, basket: PlanBuilder) -> None:
    """Have builds be told where a road's packages are."""
    add(basket.places, manager, need)
    if road.entry.keg:
        add(basket.kegs, road.entry.keg, need)
    if road.entry.variables:
        summary = f"Make {', '.join(road.packages)} visible to builds"
        variables = tuple(road.entry.variables.items())
        basket.take(SetVariables(summary, (need,), variables=variables))


def _look_up(needs: dict[Need, str], place: _Place, basket: PlanBuilder) -> None:
    """Ask the system's own index for what no recipe knows, or plan to fetch it."""
    if place.recipe is None:
        basket.unmet += needs.items()
        return
    fetch = place.index.fetch()
    if fetch and not lacks_root(place.host, attended=place.attended):
        basket.deferred += needs
        basket.steps += fetch_steps(fetch, tuple(needs), place.recipe)
        return
    found, failed = place.index.owners(tuple(needs)), place.index.unfetched
    for need, why in needs.items():
        owners = found.get(need, ())
        packages = list(dict.fromkeys(map(attrgetter("package"), owners)))
        if not owners:
            told = f"{why}, and fetching the file index failed: {failed}" if failed else why
            basket.unmet.append((need, told))
        elif not (owners[0].sure or place.attended):
            listed = ", ".join(packages)
            basket.unmet.append((need, f"several packages provide {need.subject}: {listed}"))
        elif packages[0] not in place.host.packages:
            basket.want(place.recipe.manager, packages[0], need)


def _steps(basket: PlanBuilder, place: _Place) -> Iterator[Step]:
    if place.recipe:
        host, recipe = place.host, place.recipe
        yield from system_steps(basket, host, recipe, place.knowledge, attended=place.attended)
    if basket.pypi:
        yield from _pypi_steps(basket, place.host)
    toolkit = [step for step in basket.steps if any(map(needs_cuda, step.because))]
    yield from (step for step in basket.steps if step not in toolkit)
    yield from _module_steps(basket, place)
    yield from toolkit  # of the version that torch has pinned by then


def _module_steps(basket: PlanBuilder, place: _Place) -> Iterator[Step]:
    """Yield what brings modules that builds import; what they must not exceed comes with them."""
    new = names_of(basket.steps, ConstrainBuild)
    builds = replace(place.builds, held=(*place.builds.held, *new))
    if basket.modules:
        yield from isolation_steps(basket.modules, place.host, builds)
    elif builds.unisolated and new:
        held = (step for step in basket.steps if isinstance(step, ConstrainBuild))
        because = tuple(need for step in held for need in step.because)
        listed = " and ".join(new)
        yield install_step(
            f"Install {listed} into the target environment, where the builds look for it",
            because,
            new,
            place.host,
        )


def _pypi_steps(basket: PlanBuilder, host: Host) -> Iterator[Step]:
    """Yield what installs tools from PyPI into the target environment, and has builds find them."""
    because, names = all_needs(basket.pypi), tuple(basket.pypi)
    yield RunCommand(
        f"Install {', '.join(names)} from PyPI into the target environment",
        because,
        argv=install_argv(host, names),
        undo=uninstall_argv(host, names),
    )
    if host.interpreter:
        system = system_of(host.system)
        slash, scripts, between = system.slash, system.scripts, system.list_separator
        inside = [
            slash.join((host.interpreter.platlib, *one.split("/"))) for one in basket.pypi_bins
        ]
        folders = [*dict.fromkeys(inside), slash.join((host.interpreter.prefix, scripts))]
        yield SetVariables(
            "Add the tools installed from PyPI to PATH",
            because,
            variables=(("PATH", between.join(folders)),),
        )
