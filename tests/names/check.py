"""Which names of a host recipe its release does not have."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from buildfix.catalog.systems import HostRecipe, Packages


def entries_of(recipe: HostRecipe, version: str) -> dict[str, Packages]:
    """Return what brings each capability on a release."""
    names = {*recipe.packages, *recipe.release(version).packages}
    found = ((name, recipe.packages_for(name, version)) for name in names)
    return {name: entry for name, entry in found if entry}


def unknown(recipe: HostRecipe, version: str, known: Collection[str]) -> Iterator[str]:
    """Yield a line for each name that is not `known`."""
    for capability, entry in sorted(entries_of(recipe, version).items()):
        for name in (*entry.build, *entry.run, *entry.newer):
            if name not in known and entry.manager is None:
                yield f"{recipe.id} {version}: {name}, for {capability}"
