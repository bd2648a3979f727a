"""The steps by which the host's package manager, and its setups, install what a plan needs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from buildfix.catalog import Knowledge
from buildfix.catalog.systems import HostRecipe, ManagerRecipe, Setup, Way
from buildfix.core import (
    Host,
    InstallPackages,
    InstallToolchain,
    Manual,
    Need,
    RunCommand,
    SetVariables,
    Step,
    Variables,
)
from buildfix.core.system import system_of
from buildfix.package_managers import IndexFetch, manager_for
from buildfix.package_managers.apt import Apt
from buildfix.package_managers.steps import installing, managed
from buildfix.package_managers.suites import enable_command, install_from
from buildfix.providers.plan_builder import PlanBuilder, Reasons, all_needs
from buildfix.providers.unprivileged import lacks_root, steps_without_root


def system_steps(
    builder: PlanBuilder, host: Host, recipe: HostRecipe, knowledge: Knowledge, *, attended: bool
) -> Iterator[Step]:
    """Yield the steps in their order: setups, repositories, lists, packages, variables."""
    for name, needs in _setups(builder, host, recipe).items():
        yield from _setup_steps(recipe.setups[name], tuple(needs), host, attended=attended)
    if recipe.guide and builder.packages:
        yield _guide(builder, recipe)
        return
    enabled = _repository_steps(builder.repositories, host, recipe) + _enable_steps(builder, host)
    if enabled and not host.lists_fresh:
        yield from _refresh_steps(recipe.manager, all_needs(builder.repositories), host)
    yield from enabled
    for manager, packages in builder.packages.items():
        rootless = lacks_root(host, attended=attended) and _wants_root(manager, host)
        others = steps_without_root(manager, packages, host, knowledge) if rootless else ()
        yield from others or _package_steps(manager, packages, host, stale=bool(enabled))
    yield from _suite_steps(builder, host)
    yield from _variable_steps(builder, host, recipe)


def with_resumption(steps: tuple[Step, ...], host: Host, recipe: HostRecipe) -> tuple[Step, ...]:
    """Return the steps after one that finishes what their package manager was interrupted at."""
    manager = manager_for(recipe.manager, host) if host.interrupted else None
    command = manager.resume() if manager else None
    if manager is None or command is None:
        return steps
    own = (manager.name, manager.privileged)  # without root, packages are but unpacked
    waiting = [one for one in steps if (one.manager, one.privileged) == own]
    if not waiting:
        return steps
    because = tuple(dict.fromkeys(need for step in waiting for need in step.because))
    summary = (
        f"Finish the interrupted {command.argv[0]} run; nothing else can be installed before that"
    )
    return (managed(RunCommand, manager, command, summary, because), *steps)


def _enable_steps(builder: PlanBuilder, host: Host) -> list[Step]:
    """Return the steps that have apt use the suites which packages are taken from."""
    return [
        managed(
            RunCommand,
            Apt(),
            enable_command(host.python, suite),
            f"Add {suite} to apt's sources; only the packages named here are taken from it",
            all_needs(packages),
        )
        for suite, packages in builder.suites.items()
    ]


def _suite_steps(builder: PlanBuilder, host: Host) -> Iterator[Step]:
    """Yield what installs packages from suites, after their lists if nothing fetched them yet."""
    if builder.suites and not builder.packages:
        yield from _refresh_steps("apt", all_needs(*builder.suites.values()), host)
    for suite, packages in builder.suites.items():
        names, command = tuple(packages), install_from(suite, tuple(packages))
        summary = f"Install {', '.join(names)} from {suite}"
        because = all_needs(packages)
        yield managed(InstallPackages, Apt(), command, summary, because, packages=names)


def _wants_root(name: str, host: Host) -> bool:
    manager = manager_for(name, host)
    return manager is None or manager.privileged


def _setups(builder: PlanBuilder, host: Host, recipe: HostRecipe) -> Reasons:
    """Return the setups that are needed, those that bring a package manager among them."""
    setups = dict(builder.setups)
    for name, packages in builder.packages.items():
        manager = recipe.managers.get(name)
        if manager and manager.setup and manager.setup not in host.setups:
            setups.setdefault(manager.setup, list(all_needs(packages)))
    return setups


def fetch_steps(fetch: IndexFetch, because: tuple[Need, ...], recipe: HostRecipe) -> list[Step]:
    """Return the steps that fetch the index of which package owns which file."""
    summary = f"Fetch the file index: {fetch.words}"
    steps: list[Step] = [
        RunCommand(
            summary,
            because,
            argv=command.argv,
            env=command.env,
            privileged=True,
            manager=recipe.manager,
            looks_up="file index",
        )
        for command in fetch.commands
    ]
    if fetch.packages:
        tools = ", ".join(fetch.packages)
        install = {**vars(steps[0]), "summary": f"Install {tools} for the file index"}
        steps[0] = InstallPackages(**install, packages=fetch.packages)
    return steps


def _guide(builder: PlanBuilder, recipe: HostRecipe) -> Step:
    names = tuple(name for packages in builder.packages.values() for name in packages)
    text = recipe.guide.format(packages=" ".join(names))
    return Manual(
        text, all_needs(*builder.packages.values()), manager=recipe.manager, packages=names
    )


def _setup_steps(
    setup: Setup, because: tuple[Need, ...], host: Host, *, attended: bool
) -> Iterator[Step]:
    mode = "attended" if attended else "unattended"
    for way in setup.ways:
        if way.when in (None, mode) and (way.needs is None or way.needs in host.commands):
            yield _way_step(setup, way, because)
            return
    yield Manual(f"Install {setup.title}", because)


def _way_step(setup: Setup, way: Way, because: tuple[Need, ...]) -> Step:
    if way.manual:
        return Manual(" ".join((way.manual, *setup.notes)), because)
    return InstallToolchain(
        " ".join((f"Install {setup.title}.", *setup.notes)),
        because,
        argv=way.argv,
        privileged=way.privileged,
        discover=way.discover,
        marker=way.touch,
        until=setup.present,
        wait=way.wait,
        success=way.success,
    )


def _repository_steps(repositories: Reasons, host: Host, recipe: HostRecipe) -> list[Step]:
    """Return the steps that enable repositories, each command once."""
    steps: dict[tuple[str, ...], Step] = {}
    manager = manager_for(recipe.manager, host)
    for name, needs in repositories.items():
        repository = recipe.repository(name, host.version)
        for template in repository.enable if repository else ():
            argv = tuple(word.format(arch=host.arch, version=host.version) for word in template)
            step = RunCommand(
                f"Enable the repository {repository.title if repository else name}",
                tuple(dict.fromkeys(needs)),
                argv=argv,
                privileged=manager is None or manager.privileged,
                manager=manager.name if manager else recipe.manager,
            )
            steps.setdefault(argv, step)
    return list(steps.values())


def _package_steps(name: str, packages: Reasons, host: Host, *, stale: bool) -> Iterator[Step]:
    """Yield one step for all packages of a manager, after one that fetches its lists if need be."""
    because, names = all_needs(packages), tuple(packages)
    manager = manager_for(name, host)
    if manager is None:
        told = f"Install with {name}: {' '.join(names)}"
        yield Manual(told, because, manager=name, packages=names)
        return
    if stale or not host.lists_fresh:
        yield from _refresh_steps(name, because, host)
    purposes = tuple((name, tuple(dict.fromkeys(needs))) for name, needs in packages.items())
    yield replace(installing(manager, names, because), purposes=purposes)


def _refresh_steps(name: str, because: tuple[Need, ...], host: Host) -> Iterator[Step]:
    manager = manager_for(name, host)
    refresh = manager.refresh() if manager else None
    if manager and refresh:
        fetch = f"Refresh {manager.name}'s package lists, which are missing or out of date"
        # Where a part of them cannot be had, the rest may hold what is needed.
        yield managed(RunCommand, manager, refresh, fetch, because, looks_up="package lists")


def _variable_steps(builder: PlanBuilder, host: Host, recipe: HostRecipe) -> Iterator[Step]:
    """Yield what tells compilers where a manager puts things that they do not look for there."""
    for name, needs in builder.places.items():
        manager = recipe.managers.get(name)
        prefix = _prefix(host, manager) if manager else None
        if manager and prefix and manager.variables:
            variables = _variables_of(
                manager, prefix, builder.kegs if name == recipe.manager else (), host
            )
            because = tuple(dict.fromkeys(needs))
            yield SetVariables(f"Point compilers at {prefix}", because, variables=variables)


def _variables_of(
    manager: ManagerRecipe, prefix: str, kegs: Iterable[str], host: Host
) -> Variables:
    """Return what tells compilers of a manager's prefix, and before it of these kegs in it."""
    told = [(manager.variables, "")] + [(manager.keg_variables, keg) for keg in kegs]
    values: dict[str, list[str]] = {}
    for templates, keg in told:
        for name, template in templates.items():
            value = template.format(prefix=prefix, arch=host.arch, keg=keg)
            values.setdefault(name, []).insert(0, value)
    return tuple((name, _joined(name, parts, host)) for name, parts in values.items())


def _prefix(host: Host, manager: ManagerRecipe) -> str | None:
    if host.interpreter and host.interpreter.conda:
        return host.interpreter.prefix
    return manager.prefixes.get(host.arch) or next(iter(manager.prefixes.values()), None)


def _joined(name: str, parts: list[str], host: Host) -> str:
    """Return the values of one variable as one: flags by spaces, folders as the system does."""
    folders = system_of(host.system).list_separator
    return (" " if name.endswith("FLAGS") else folders).join(parts)
