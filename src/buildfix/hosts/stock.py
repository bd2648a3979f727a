"""A stock, bare machine of a system, as its recipe describes it: to plan for another than this."""

from __future__ import annotations

from buildfix.errors import UsageError
from buildfix.knowledge import Knowledge
from buildfix.knowledge.systems import HostRecipe, Release
from buildfix.model import Host, Interpreter


def stock_host(name: str, knowledge: Knowledge) -> Host:
    """Return the host that `ID[:VERSION]` names; without a version its newest release.

    It has nothing installed, root's rights, and the release's own Python. Raises UsageError for a
    system that no recipe knows.
    """
    system, _, version = name.partition(":")
    recipe = knowledge.hosts.get(system)
    if recipe is None:
        known = ", ".join(sorted(knowledge.hosts))
        raise UsageError(f"No recipe knows the system {system}.", do=f"Known are: {known}.")
    release = recipe.release(version) if version else _newest(recipe)
    return Host(
        system=recipe.system,
        id=recipe.id,
        id_like=(),
        version=release.version,
        codename=release.codename,
        title=f"{recipe.title} {release.version}".strip(),
        arch="x86_64",
        libc="",
        privilege="root",
        cores=2,
        memory_total=None,
        memory_available=None,
        interpreter=_own_python(recipe, release) if release.python else None,
    )


def _newest(recipe: HostRecipe) -> Release:
    numbered = [
        release
        for version, release in recipe.releases.items()
        if version.replace(".", "").isdigit()
    ]
    return max(numbered, key=_order, default=Release(""))


def _order(release: Release) -> tuple[int, ...]:
    return tuple(map(int, release.version.split(".")))


def _own_python(recipe: HostRecipe, release: Release) -> Interpreter:
    prefix = next(iter(recipe.python.owned), "/usr")
    return Interpreter(
        path=f"{prefix}/bin/python3",
        version=f"{release.python}.0",
        implementation="CPython",
        prefix=prefix,
        base_prefix=prefix,
        include=f"{prefix}/include/python{release.python}",
        has_headers=False,
        externally_managed=False,
        pip=None,
        can_make_venv=False,
    )
