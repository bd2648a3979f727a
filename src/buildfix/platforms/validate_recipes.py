"""Checking recipes of systems, capabilities and projects: every name has what it stands for."""

from __future__ import annotations

from collections.abc import Iterator

from buildfix.catalog import Knowledge
from buildfix.catalog.projects import ProjectRecipe
from buildfix.catalog.schema import Capability
from buildfix.catalog.systems import HostRecipe, Packages
from buildfix.package_managers import manager_of

_PYTHON_HEADERS = "dep:virtual/python-headers"


def problems(knowledge: Knowledge) -> Iterator[str]:
    """Yield what is wrong, a line each; raises RecipeError where a recipe is unreadable."""
    yield from _of_capabilities(knowledge)
    for host in knowledge.hosts.values():
        yield from _of_host(host, knowledge)
    yield from _without_family(knowledge)
    for project in knowledge.projects.values():
        yield from _of_project(project, knowledge)
    for compiler in knowledge.wheel_compilers:
        for name in sorted(compiler.serves - knowledge.capabilities.keys()):
            yield f"compiler {compiler.distribution}: serves {name}, which no one defines"


def _of_capabilities(knowledge: Knowledge) -> Iterator[str]:
    owners: dict[tuple[str, str], str] = {}
    for capability in knowledge.capabilities.values():
        for companion in capability.companions:
            if companion not in knowledge.capabilities:
                yield f"{capability.id}: `with` names {companion}, which no one defines"
        for claim in _claims(capability):
            owner = owners.setdefault(claim, capability.id)
            if owner != capability.id:
                yield f"{capability.id}: {claim[0]} `{claim[1]}` is claimed by {owner} too"


def _claims(capability: Capability) -> Iterator[tuple[str, str]]:
    """Yield what only one capability may have, each with its kind."""
    for detector, names in capability.detectors.items():
        yield from ((detector, name) for name in names)
    causes = dict.fromkeys((capability.named, *capability.also_named))
    yield from (("cause", name) for name in causes if name)


def _of_host(host: HostRecipe, knowledge: Knowledge) -> Iterator[str]:
    where = f"host {host.id}"
    for name in sorted(_capabilities_of(host) - knowledge.capabilities.keys()):
        yield f"{where}: packages for {name}, which no one defines"
    for release in host.releases.values():
        for name in sorted(release.versions.keys() - knowledge.capabilities.keys()):
            yield f"{where}: version {release.version} of {name}, which no one defines"
    managers = {host.manager, *(entry.manager for _, _, entry in _entries(host) if entry.manager)}
    for name in sorted(managers):
        if manager_of(name) is None and not host.guide:
            yield f"{where}: nothing drives the package manager {name}"
    for name in sorted(host.managers.keys() - managers):
        yield f"{where}: nothing is installed by the package manager {name}"
    yield from dict.fromkeys(_of_repositories(host))
    yield from dict.fromkeys(_of_setups(host, knowledge))


def _of_project(project: ProjectRecipe, knowledge: Knowledge) -> Iterator[str]:
    where = f"project {project.name}"
    later = (need for one in project.since for need in one.build)
    for name in (need.subject for need in (*project.build, *later, *project.run)):
        if name not in knowledge.capabilities:
            yield f"{where}: needs {name}, which no one defines"
    for one in project.breaks:
        if not one.examples:
            yield f"{where}: a pattern without example"
        for example in one.examples:
            if not one.pattern.search(example.line):
                yield f"{where}: does not match its example: {example.line}"


def _of_repositories(host: HostRecipe) -> Iterator[str]:
    """Yield the repositories that are named and not there, then those that no package is in."""
    used = {host.python.versioned_repository}
    for release, capability, entry in _entries(host):
        if entry.repository:
            used.add(entry.repository)
            if host.repository(entry.repository, release) is None:
                at = f" {release}" if release else ""
                yield (
                    f"host {host.id}{at}: {capability} is in the repository {entry.repository}, "
                    "which no one defines"
                )
    defined = {*host.repositories, *(n for one in host.releases.values() for n in one.repositories)}
    for name in sorted(defined - used):
        yield f"host {host.id}: nothing is in the repository {name}"


def _of_setups(host: HostRecipe, knowledge: Knowledge) -> Iterator[str]:
    """Yield the setups that are named and not there, then those that bring nothing."""
    used = {cause.remedy.setup for cause in knowledge.causes.causes if cause.remedy}
    asked = [(capability, entry.setup) for _, capability, entry in _entries(host)]
    asked += [(f"package manager {name}", one.setup) for name, one in host.managers.items()]
    for what, setup in asked:
        if setup and setup not in host.setups:
            yield f"host {host.id}: {what} comes by the setup {setup}, which no one defines"
        used.add(setup or "")
    for name in sorted(host.setups.keys() - used):
        yield f"host {host.id}: nothing comes by the setup {name}"


def _without_family(knowledge: Knowledge) -> Iterator[str]:
    """Yield the capabilities that no system knows how to bring."""
    hosts = knowledge.hosts.values()
    brought = {name for host in hosts for _, name, entry in _entries(host) if _brings(entry)}
    if any(host.python.headers for host in hosts):
        brought.add(_PYTHON_HEADERS)
    for name, capability in knowledge.capabilities.items():
        if name not in brought and not capability.pypi:
            yield f"{name}: no system has packages for it"


def _brings(entry: Packages) -> bool:
    return bool(entry.build or entry.run or entry.setup or entry.base)


def _capabilities_of(host: HostRecipe) -> set[str]:
    return {*host.packages, *(name for one in host.releases.values() for name in one.packages)}


def _entries(host: HostRecipe) -> Iterator[tuple[str, str, Packages]]:
    """Yield release, capability and what brings it, as a host of that release gets it."""
    for release in host.releases or ("",):
        for name in sorted(_capabilities_of(host)):
            entry = host.packages_for(name, release)
            if entry:
                yield release, name, entry
