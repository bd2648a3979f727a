"""Checks with a recipe's command if a setup (what no package manager installs) is present."""

from __future__ import annotations

import re

from buildfix.catalog.systems import HostRecipe
from buildfix.core import Probe
from buildfix.core.errors import CommandNotFound
from buildfix.machines.local import Machine


def present_setups(machine: Machine, recipe: HostRecipe) -> frozenset[str]:
    """Return the names of a recipe's setups that are present."""
    return frozenset(name for name, setup in recipe.setups.items() if holds(machine, setup.present))


def holds(machine: Machine, probe: Probe) -> bool:
    """Return whether a probe's command succeeds and prints what it looks for."""
    return answer(machine, probe) is not None


def answer(machine: Machine, probe: Probe) -> dict[str, str] | None:
    """Return the named groups of the line that a probe looks for; None if there is none.

    If several lines match, the one with the highest version counts.
    """
    try:
        said = machine.run(probe.argv)
    except CommandNotFound:
        return None
    if said.returncode != 0:
        return None
    matches = (re.search(probe.pattern, line) for line in said.stdout.splitlines())
    best = max(filter(None, matches), key=lambda match: _version(match[0]), default=None)
    return best.groupdict() if best else None


def _version(text: str) -> list[int]:
    return [int(number) for number in re.findall(r"\d+", text)]
