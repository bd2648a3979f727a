"""The steps by which the host's package manager, and its setups, bring what a basket holds."""

from __future__ import annotations

from collections.abc import Iterator

from buildfix.knowledge.systems import HostRecipe, Setup, Way
from buildfix.managers import PackageManager, manager_of
from buildfix.model import Command, Host, Need, Step, StepKind
from buildfix.prescribe.basket import Basket, Reasons, all_needs


def system_steps(
    basket: Basket, host: Host, recipe: HostRecipe, *, attended: bool
) -> Iterator[Step]:
    """Yield the steps in their order: setups, repositories, lists, packages, variables."""
    for name, needs in basket.setups.items():
        yield from _setup_steps(recipe.setups[name], tuple(needs), host, attended=attended)
    if recipe.guide and basket.packages:
        yield _guide(basket, recipe)
        return
    yield from _repository_steps(basket.repositories, host, recipe)
    for manager, packages in basket.packages.items():
        yield from _package_steps(manager, packages, host, fresh=bool(basket.repositories))
    yield from _variable_steps(basket, host, recipe)


def _guide(basket: Basket, recipe: HostRecipe) -> Step:
    names = tuple(name for packages in basket.packages.values() for name in packages)
    text = recipe.guide.format(packages=" ".join(names))
    return Step(
        "manual",
        text,
        all_needs(*basket.packages.values()),
        manager=recipe.manager,
        packages=names,
    )


def _setup_steps(
    setup: Setup, because: tuple[Need, ...], host: Host, *, attended: bool
) -> Iterator[Step]:
    mode = "attended" if attended else "unattended"
    for way in setup.ways:
        if way.when in (None, mode) and (way.needs is None or way.needs in host.commands):
            yield _way_step(setup, way, because)
            return
    yield Step("manual", f"Install {setup.title}", because)


def _way_step(setup: Setup, way: Way, because: tuple[Need, ...]) -> Step:
    if way.manual:
        return Step("manual", " ".join((way.manual, *setup.notes)), because)
    return Step(
        "command",
        " ".join((f"Install {setup.title}.", *setup.notes)),
        because,
        argv=way.argv,
        privileged=way.privileged,
        discover=way.discover,
        marker=way.touch,
        until=setup.present,
        wait=way.wait,
    )


def _repository_steps(repositories: Reasons, host: Host, recipe: HostRecipe) -> Iterator[Step]:
    for name, needs in repositories.items():
        repository = recipe.repository(name, host.version)
        if repository is None:
            continue
        for argv in repository.enable:
            yield Step(
                "command",
                f"Enable the repository {repository.title}",
                tuple(dict.fromkeys(needs)),
                argv=argv,
                privileged=True,
                manager=recipe.manager,
            )


def _package_steps(name: str, packages: Reasons, host: Host, *, fresh: bool) -> Iterator[Step]:
    """Yield one step for all packages of a manager, after one that fetches its lists if need be."""
    because, names = all_needs(packages), tuple(packages)
    manager = manager_of(name)
    if manager is None:
        told = f"Install with {name}: {' '.join(names)}"
        yield Step("manual", told, because, manager=name, packages=names)
        return
    refresh = manager.refresh()
    if refresh and (fresh or not host.lists_fresh):
        fetch = f"Fetch {manager.name}'s package lists, which are absent or old"
        yield _managed("command", fetch, because, manager, refresh)
    install = f"Install {', '.join(names)}"
    yield _managed("packages", install, because, manager, manager.install(names), names)


def _managed(
    kind: StepKind,
    summary: str,
    because: tuple[Need, ...],
    manager: PackageManager,
    command: Command,
    packages: tuple[str, ...] = (),
) -> Step:
    """Return a step that a package manager takes, as root where it needs that."""
    return Step(
        kind,
        summary,
        because,
        argv=command.argv,
        env=command.env,
        privileged=manager.privileged,
        manager=manager.name,
        packages=packages,
    )


def _variable_steps(basket: Basket, host: Host, recipe: HostRecipe) -> Iterator[Step]:
    """Yield what tells compilers where a manager puts things that they do not look for there."""
    prefix = _prefix(host, recipe)
    if not basket.packages or not recipe.variables or prefix is None:
        return
    values: dict[str, list[str]] = {}
    for name, template in recipe.variables.items():
        values.setdefault(name, []).append(template.format(prefix=prefix))
    for keg in basket.kegs:
        for name, template in recipe.keg_variables.items():
            values.setdefault(name, []).insert(0, template.format(prefix=prefix, keg=keg))
    variables = tuple((name, _joined(name, parts)) for name, parts in values.items())
    summary = f"Tell the compilers about {prefix}"
    yield Step("environment", summary, all_needs(*basket.packages.values()), variables=variables)


def _prefix(host: Host, recipe: HostRecipe) -> str | None:
    if host.interpreter and host.interpreter.conda:
        return host.interpreter.prefix
    return recipe.prefixes.get(host.arch) or next(iter(recipe.prefixes.values()), None)


def _joined(name: str, parts: list[str]) -> str:
    """Return the values of one variable as one: flags by spaces, folders by colons."""
    return (" " if name.endswith("FLAGS") else ":").join(parts)
