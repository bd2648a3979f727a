"""A stock, bare machine of a system, from its recipe: for plans for other machines."""

from __future__ import annotations

from dataclasses import replace

from packaging.version import Version

from buildfix.catalog import Knowledge
from buildfix.catalog.systems import HostRecipe, Release
from buildfix.core import Host, Interpreter
from buildfix.core.errors import UsageError

_USUAL_PYTHON = "3.13"
"""Used if a system has no Python of its own, or its recipe does not say which."""


def stock_host(name: str, knowledge: Knowledge) -> Host:
    """Return the host that `ID[:VERSION]` names; without a version its newest release.

    It has nothing installed, root's rights, and the release's own Python. Raises UsageError for a
    system that no recipe knows.
    """
    system, _, version = name.partition(":")
    recipe = knowledge.system(system)
    if recipe is None:
        known = ", ".join(sorted(knowledge.hosts))
        raise UsageError(f"No recipe for system {system}.", do=f"Known systems: {known}.")
    release = _release(recipe, version)
    commands = recipe.commands if release.commands is None else release.commands
    return Host(
        system=recipe.system,
        id=recipe.id,
        id_like=(),
        version=release.version,
        codename=release.codename,
        title=f"{recipe.title} {release.version}".strip(),
        arch=recipe.arch,
        libc=release.libc or recipe.libc,
        privilege="root",
        cores=2,
        memory_total=None,
        memory_available=None,
        lists_fresh=False,
        commands=frozenset(commands),
        setups=frozenset(recipe.setups.keys() & commands),
        interpreter=_own_python(recipe, release),
    )


def of_unknown_release(host: Host, knowledge: Knowledge) -> str:
    """Return what a plan for a stock host rests on, in a line, where no recipe knows its release.

    Nothing where one does, or where the system has no releases that differ.
    """
    recipe = knowledge.system(host.id)
    if recipe is None or not recipe.releases or recipe.knows(host.version):
        return ""
    return (
        f"No recipe for {host.title}: using package names that apply to every release of "
        f"{recipe.title} (newest known: {_newest(recipe).version})."
    )


def _release(recipe: HostRecipe, version: str) -> Release:
    """Return the release of that version or codename; the newest where none is named.

    One that the recipe does not know stands for itself: it gets what holds for every release.
    """
    if not version:
        return _newest(recipe)
    named = (one for one in recipe.releases.values() if one.codename == version)
    return next(named, None) or replace(recipe.release(version), version=version)


def _newest(recipe: HostRecipe) -> Release:
    numbered = [
        release
        for version, release in recipe.releases.items()
        if version.replace(".", "").isdigit()
    ]
    unnumbered = next(iter(recipe.releases.values()), Release(""))
    return max(numbered, key=lambda one: Version(one.version), default=unnumbered)


def _own_python(recipe: HostRecipe, release: Release) -> Interpreter:
    prefix = next(iter(recipe.python.owned), "/usr")
    return Interpreter(
        path=f"{prefix}/bin/python3",
        version=f"{release.python or _USUAL_PYTHON}.0",
        implementation="CPython",
        prefix=prefix,
        base_prefix=prefix,
        include=f"{prefix}/include/python{release.python}",
        has_headers=not recipe.python.headers,
        externally_managed=release.externally_managed,
        pip=None,
        can_make_venv=False,
        conda=recipe.manager == "conda",
        platlib=f"{prefix}/lib/python{release.python}/site-packages",
    )
