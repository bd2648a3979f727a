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
    CreateEnvironment,
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
from buildfix.providers.cuda import cuda_option
from buildfix.providers.evidence import likeliest_first
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
from buildfix.providers.provisioning_options import ProvisioningOption, option_for
from buildfix.providers.pyproject_edits import declaration_advice
from buildfix.providers.python import (
    provide_pip,
    provide_program,
    provide_venv,
    scripts_of,
    with_venv,
)
from buildfix.providers.remedies import (
    is_at_run_time,
    remedy_of,
    remedy_step,
    step_at_run_time,
    why_not_fetched,
)
from buildfix.providers.rust import rust_option, strictest
from buildfix.providers.system_packages import fetch_steps, system_steps, with_resumption
from buildfix.providers.unprivileged import lacks_root
from buildfix.providers.versions import is_specifier

__all__ = ["Builds", "Index", "NoIndex", "draft_plan"]


@dataclass(frozen=True)
class _Place:
    """Where and by what knowledge a prescription is made."""

    host: Host
    """The host with the target as it is then: a virtual environment that is planned, too."""
    base: Host
    """The host as it is."""
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

    Needs of kind `build` and `run` name a capability by its id, `installer` is the target's pip or
    the program of another installer; others are causes, by their kind.
    `causes` are where the needs came from, for the remedies that their recipes name. The host's
    own package lists answer what no recipe knows, where there is an `index`. `builds` are
    those to come, as far as they are known.
    """
    needs = tuple(needs)
    rust = strictest(needs, host, knowledge.rust) if knowledge.rust else Need("build", RUST)
    recipe, index = knowledge.host(host), index or NoIndex()
    builds = builds or Builds()
    torch = builds.import_("torch", needs)
    place = _Place(
        with_venv(host, needs), host, recipe, knowledge, index, attended, rust, builds, torch
    )
    remedies = _remedies(needs, causes, knowledge)
    builder = PlanBuilder()
    whys = {
        need: _meet(need, remedies.get((need.kind, need.subject)), place, builder) for need in needs
    }
    unknown = {need: why for need, why in whys.items() if why}
    if unknown:
        _look_up(unknown, place, builder)
    steps = tuple(_steps(builder, place))
    if recipe:
        steps = with_resumption(steps, host, recipe)
    notes = tuple(dict.fromkeys(builder.notes))
    return PlanDraft(steps, tuple(builder.unmet), tuple(builder.deferred), notes)


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


def _meet(need: Need, remedy: Remedy | None, place: _Place, builder: PlanBuilder) -> str:
    """Add what meets a need to the plan, by the `remedy` of its cause's own recipe if any.

    Returns why no recipe meets it where the system's own index may; nothing else.
    """
    anew = place.builds.broken if need.kind == "abi-mismatch" else None
    if remedy and not (anew and remedy.kind == "manual"):
        _remedy(remedy, need, place, builder)
    elif distribution := distribution_of(need, place.knowledge):
        _bring_module(need, distribution, place, builder)
    elif anew:
        _rebuild(need, anew, place, builder)
    elif need.kind == "externally-managed":
        provide_venv(need, place.base, place.recipe, builder)
    elif need.kind == "installer" and need.subject == "pip":
        provide_pip(need, place.host, place.recipe, builder, attended=place.attended)
    elif need.kind == "installer":
        provide_program(need, place.host, builder)
    else:
        why = _provide(need, place, builder)
        return why if place.knowledge.brings(need.kind) else ""
    return ""


def _rebuild(need: Need, broken: str, place: _Place, builder: PlanBuilder) -> None:
    """Put in what builds an installed distribution again, or installs the other half of its pair.

    Where hashes are required it can be built: the request's own files have them.
    """
    pair, fetch = place.builds.pair, place.host.fetch
    wanted = pair or (broken if fetch.folders is not None else "")
    if wanted and (why := unavailable(wanted, fetch)):
        builder.unmet.append((need, why))
    else:
        builder.steps += rebuild_steps(need, broken, place.host, place.builds)


def _bring_module(need: Need, distribution: str, place: _Place, builder: PlanBuilder) -> None:
    """Put in what brings a module that a build lacks; no file of the user's is changed for it."""
    if why := unavailable(distribution, place.host.fetch):
        builder.unmet.append((need, why))
        return
    wanted = need.required if is_specifier(need.required) else ""
    add(builder.modules, f"{distribution}{wanted}", need)
    if need.kind == "backend-missing":
        advice = declaration_advice(need, distribution, place.builds.local)
        builder.notes += [advice] if advice else []


def _remedy(remedy: Remedy, need: Need, place: _Place, builder: PlanBuilder) -> None:
    """Put in what a cause's own recipe prescribes."""
    if why := why_not_fetched(remedy, need, place.host, place.builds):
        builder.unmet.append((need, why))
    elif is_at_run_time(remedy, need, place.builds):
        builder.steps.append(step_at_run_time(remedy, need, place.host))
    elif remedy.kind != "setup":
        builder.steps.append(remedy_step(remedy, need, place.host))
    elif place.recipe is None or remedy.setup not in place.recipe.setups:
        builder.unmet.append((need, f"no known way to {remedy.setup} on {place.host.title}"))
    elif remedy.setup not in place.host.setups:
        add(builder.setups, remedy.setup, need)


def _provide(need: Need, place: _Place, builder: PlanBuilder) -> str:
    """Add what meets a need, and what it always needs with it, to the plan.

    Returns why no recipe knows what it lacks or how that comes here, nothing where one does.
    """
    capabilities = capabilities_of(need, place.knowledge)
    if not capabilities:
        unknown = f"buildfix does not have a recipe for {need.subject}"
        return _left_open(need, unknown, builder)
    if place.recipe is None:
        return f"buildfix does not have a recipe for {place.host.title}"
    option = _option(capabilities[0], need, place, place.recipe)
    companions = (
        _option(one, Need(need.kind, one.id), place, place.recipe)
        for one in capabilities_of(need, place.knowledge, option.entry.brings)[1:]
    )
    if not option.leads and option.uncharted:
        return _left_open(need, option.why_not, builder)
    if not option.leads:
        builder.unmet.append((need, option.why_not))
        return ""
    if not _is_there(option, need, place.host, place.recipe):
        for one in (option, *filter(lambda companion: companion.leads, companions)):
            _take(one, need, place.host, place.recipe, builder)
    return ""


def _left_open(need: Need, why: str, builder: PlanBuilder) -> str:
    """Return why no recipe helps; a need that was foreseen is noted as unmet instead."""
    if need.kind not in FORESEEN:
        return why
    builder.unmet.append((need, why))
    return ""


def _option(
    capability: Capability, need: Need, place: _Place, recipe: HostRecipe
) -> ProvisioningOption:
    """Return the option for a capability; Rust and CUDA have their own modules."""
    host, rust, cuda = place.host, place.knowledge.rust, place.knowledge.cuda
    if capability.id == CUDA and cuda and need.kind not in OF_RUN_TIME:
        torch = place.builds_on_torch
        return cuda_option(capability, need, host, recipe, cuda, place.index, against_torch=torch)
    if capability.id != RUST or rust is None or need.kind in OF_RUN_TIME:
        return option_for(capability, need, host, recipe, place.index)
    asked = replace(need, required=place.rust.required, newest=place.rust.newest)
    return rust_option(capability, asked, host, recipe, rust, place.index, attended=place.attended)


def _is_there(option: ProvisioningOption, need: Need, host: Host, recipe: HostRecipe) -> bool:
    """Return whether an option is what the host already has, and builds find it there."""
    if option.pypi or option.steps or option.suite:
        return False
    if option.entry.setup:
        return option.entry.setup in host.setups
    return host.packages.issuperset(option.packages) and not _hidden(option, need, recipe)


def _hidden(option: ProvisioningOption, need: Need, recipe: HostRecipe) -> bool:
    """Return whether builds find an option's packages only if variables name the folder."""
    if need.kind in OF_RUN_TIME or not option.packages:
        return False
    manager = recipe.managers.get(option.entry.manager or recipe.manager)
    return bool(option.entry.keg or option.entry.variables or (manager and manager.variables))


def _take(
    option: ProvisioningOption, need: Need, host: Host, recipe: HostRecipe, builder: PlanBuilder
) -> None:
    """Add to the plan what an option provides and the host does not have."""
    if option.pypi:
        add(builder.pypi, option.pypi, need)
        builder.pypi_bins += [option.pypi_bin] if option.pypi_bin else []
        return
    for step in option.steps:
        builder.take(replace(step, because=(need,)))
    if option.entry.setup and option.entry.setup not in host.setups:
        add(builder.setups, option.entry.setup, need)
    if _hidden(option, need, recipe):
        _tell(option, need, option.entry.manager or recipe.manager, builder)
    _take_packages(option, need, host, recipe, builder)


def _take_packages(
    option: ProvisioningOption, need: Need, host: Host, recipe: HostRecipe, builder: PlanBuilder
) -> None:
    if option.suite:
        for name in option.packages:
            add(builder.suites.setdefault(option.suite, {}), name, need)
        return
    missing = [name for name in option.packages if name not in host.packages]
    for name in missing:
        builder.want(option.entry.manager or recipe.manager, name, need)
    if missing and option.entry.repository:
        add(builder.repositories, option.entry.repository, need)


def _tell(option: ProvisioningOption, need: Need, manager: str, builder: PlanBuilder) -> None:
    """Set the variables that name the folder of an option's packages."""
    add(builder.places, manager, need)
    if option.entry.keg:
        add(builder.kegs, option.entry.keg, need)
    if option.entry.variables:
        summary = f"Make {', '.join(option.packages)} visible to builds"
        variables = tuple(option.entry.variables.items())
        builder.take(SetVariables(summary, (need,), variables=variables))


def _look_up(needs: dict[Need, str], place: _Place, builder: PlanBuilder) -> None:
    """Ask the system's own index for what no recipe knows, or plan to fetch it."""
    if place.recipe is None:
        builder.unmet += needs.items()
        return
    fetch = place.index.fetch()
    if fetch and not lacks_root(place.host, attended=place.attended):
        builder.deferred += needs
        builder.steps += fetch_steps(fetch, tuple(needs), place.recipe)
        return
    found, failed = place.index.owners(tuple(needs)), place.index.unfetched
    for need, why in needs.items():
        owners = likeliest_first(
            found.get(need, ()), need, place.recipe.manager, place.host, place.knowledge
        )
        packages = list(dict.fromkeys(map(attrgetter("package"), owners)))
        if not owners:
            told = f"{why}, and fetching the file index failed: {failed}" if failed else why
            builder.unmet.append((need, told))
        elif not (owners[0].sure or place.attended):
            listed = ", ".join(packages)
            builder.unmet.append((need, f"several packages provide {need.subject}: {listed}"))
        elif packages[0] not in place.host.packages:
            builder.want(place.recipe.manager, packages[0], need)


def _steps(builder: PlanBuilder, place: _Place) -> Iterator[Step]:
    if place.recipe:
        host, recipe = place.host, place.recipe
        yield from system_steps(builder, host, recipe, place.knowledge, attended=place.attended)
    made = [step for step in builder.steps if isinstance(step, CreateEnvironment)]
    yield from made
    if builder.pypi:
        yield from _pypi_steps(builder, place.host)
    toolkit = [step for step in builder.steps if any(map(needs_cuda, step.because))]
    yield from (step for step in builder.steps if step not in (*made, *toolkit))
    yield from _module_steps(builder, place)
    yield from toolkit  # of the version that torch has pinned by then


def _module_steps(builder: PlanBuilder, place: _Place) -> Iterator[Step]:
    """Yield what brings modules that builds import; what they must not exceed comes with them."""
    new = names_of(builder.steps, ConstrainBuild)
    builds = replace(place.builds, held=(*place.builds.held, *new))
    if builder.modules:
        yield from isolation_steps(builder.modules, place.host, builds)
    elif builds.unisolated and new:
        held = (step for step in builder.steps if isinstance(step, ConstrainBuild))
        because = tuple(need for step in held for need in step.because)
        listed = " and ".join(new)
        yield install_step(
            f"Install {listed} into the target environment, where the builds look for it",
            because,
            new,
            place.host,
        )


def _pypi_steps(builder: PlanBuilder, host: Host) -> Iterator[Step]:
    """Yield what installs tools from PyPI into the target environment, and has builds find them."""
    because, names = all_needs(builder.pypi), tuple(builder.pypi)
    yield RunCommand(
        f"Install {', '.join(names)} from PyPI into the target environment",
        because,
        argv=install_argv(host, names),
        undo=uninstall_argv(host, names),
    )
    if host.interpreter:
        system = system_of(host.system)
        slash, between = system.slash, system.list_separator
        inside = [
            slash.join((host.interpreter.platlib, *one.split("/"))) for one in builder.pypi_bins
        ]
        folders = [*dict.fromkeys(inside), scripts_of(host)]
        yield SetVariables(
            "Add the tools installed from PyPI to PATH",
            because,
            variables=(("PATH", between.join(folders)),),
        )
