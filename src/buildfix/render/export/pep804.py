"""The names that recipes know, in the form of PEP 804: its registry, and one system's mapping."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from buildfix.catalog import Knowledge
from buildfix.catalog.systems import HostRecipe, Packages
from buildfix.package_managers import manager_for
from buildfix.platforms.stock_host import stock_host


def registry(knowledge: Knowledge) -> dict[str, Any]:
    """Return every id, and which of them provide another one."""
    own = [{"id": one.id, "description": one.title} for one in knowledge.capabilities.values()]
    others = [
        {"id": other, "description": one.title, "provides": one.id}
        for one in knowledge.capabilities.values()
        for other in one.other_ids
    ]
    definitions = sorted([*own, *others], key=lambda one: one["id"])
    return {"schema_version": 1, "definitions": definitions}


def mapping(name: str, knowledge: Knowledge) -> dict[str, Any]:
    """Return what `ID[:VERSION]`, or a manager such as vcpkg, installs for each id.

    What the system is known not to have has no packages. Raises UsageError for an unknown name.
    """
    system, manager = _system_of(name, knowledge)
    host = stock_host(system, knowledge)
    recipe = knowledge.hosts[host.id]
    manager = manager or recipe.manager
    found = manager_for(manager, host)
    managers = []
    if found:
        install = {
            "command": list(found.install(["{}"]).argv),
            "requires_elevation": found.privileged,
        }
        syntax = {"name_only": ["{name}"], "exact_version": None, "version_ranges": None}
        commands = {"install": install, "query": None}
        managers = [{"name": found.name, "commands": commands, "specifier_syntax": syntax}]
    return {
        "schema_version": 1,
        "name": name,
        "description": f"{recipe.titled(host.version)}, by buildfix",
        "mappings": list(_mappings(recipe, host.version, manager, knowledge)),
        "package_managers": managers,
    }


def _system_of(name: str, knowledge: Knowledge) -> tuple[str, str]:
    """Return a system, and the manager if the name is that of one that is not the system's own."""
    if knowledge.system(name.partition(":")[0]) is None:
        for recipe in knowledge.hosts.values():
            if any(entry.manager == name for entry in recipe.packages.values()):
                return recipe.id, name
    return name, ""


def _mappings(
    recipe: HostRecipe, version: str, manager: str, knowledge: Knowledge
) -> Iterator[dict[str, Any]]:
    for capability in knowledge.capabilities.values():
        entry = recipe.packages_for(capability.id, version)
        if entry is None or (entry.manager or recipe.manager) != manager:
            continue
        yield {
            "id": capability.id,
            "description": capability.title,
            "specs": _specs(entry),
            **_extra(entry, recipe, version),
        }
        for other in capability.other_ids:
            yield {"id": other, "description": capability.title, "specs_from": capability.id}


def _specs(entry: Packages) -> dict[str, list[str]]:
    build, run = list(entry.build), list(entry.run or entry.build)
    return {"build": build, "host": build, "run": run}


def _extra(entry: Packages, recipe: HostRecipe, version: str) -> dict[str, Any]:
    """Return what PEP 804 has no word for."""
    repository = recipe.repository(entry.repository, version) if entry.repository else None
    extra = {
        "repository": repository.title if repository else None,
        "unproven": entry.unproven or None,
        "setup": entry.setup,
        "part-of-the-system": entry.base or None,
    }
    said = {key: value for key, value in extra.items() if value}
    return {"extra_metadata": said} if said else {}
