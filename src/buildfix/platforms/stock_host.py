"""A stock, bare machine of a system, from its recipe: for plans for other machines."""

from __future__ import annotations

from dataclasses import replace

from packaging.version import Version

from buildfix.catalog import Knowledge
from buildfix.catalog.systems import HostRecipe, Release
from buildfix.core import Host, Interpreter
from buildfix.core.errors import UsageError
from buildfix.core.spelling import nearest

_USUAL_PYTHON = "3.13"
"""Used if a system has no Python of its own, or its recipe does not say which."""

_USUAL_PIP = "25.3"
"""The pip of a Python that brings one."""


def stock_host(name: str, knowledge: Knowledge) -> Host:
    """Return the host that `ID[:VERSION]` names; without a version its newest release.

    It has nothing installed, root's rights, and the release's own Python. Raises UsageError for a
    system that no recipe knows.
    """
    system, _, version = name.partition(":")
    recipe = knowledge.system(system)
    if recipe is None:
        begun = (one for one in sorted(knowledge.hosts) if system and one.startswith(system))
        near = nearest(system, knowledge.hosts) or next(begun, "")
        known = f"Known systems: {', '.join(sorted(knowledge.hosts))}."
        do = f"Did you mean {near}?" if near else known
        raise UsageError(f"No recipe for system {system}.", do=do)
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
        read_only=recipe.read_only,
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
    if recipe is None or not recipe.releases or recipe.known(host.version):
        return ""
    return f"No recipe for {host.title}: using {recipe.titled(host.version)}'s package names."


def _release(recipe: HostRecipe, version: str) -> Release:
    """Return the release of that version or codename; the newest where none is named.

    One that the recipe does not know is like the nearest one.
    """
    if not version:
        return max(recipe.releases.values(), key=_age, default=Release(""))
    return recipe.called(version) or replace(recipe.release(version), version=version)


def _age(release: Release) -> Version:
    """Return a release's version, for comparisons; development branches are not the newest."""
    return Version(release.version if release.version.replace(".", "").isdigit() else "0")


def _own_python(recipe: HostRecipe, release: Release) -> Interpreter:
    prefix = next(iter(recipe.python.owned), "/usr")
    windows = recipe.system == "win32" and recipe.python.brings_pip  # MSYS2 has Unix' folders
    include = rf"{prefix}\include" if windows else f"{prefix}/include/python{release.python}"
    return Interpreter(
        path=rf"{prefix}\python.exe" if windows else f"{prefix}/bin/python3",
        version=f"{release.python or _USUAL_PYTHON}.0",
        implementation="CPython",
        prefix=prefix,
        base_prefix=prefix,
        include=include,
        has_headers=not recipe.python.headers,
        externally_managed=release.externally_managed,
        pip=_USUAL_PIP if recipe.python.brings_pip else None,
        can_make_venv=False,
        conda=recipe.manager == "conda",
        platlib=f"{prefix}/lib/python{release.python}/site-packages",
    )
