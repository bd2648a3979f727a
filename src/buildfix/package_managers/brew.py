"""Homebrew, on macOS and Linux (docs.brew.sh/Manpage)."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from buildfix.core import Command, Need
from buildfix.machines.local import Machine
from buildfix.package_managers.base import Owner, PackageManager
from buildfix.package_managers.file_queries import wanted_by
from buildfix.package_managers.output_parsing import json_of, words_of

# Homebrew 6 asks before it installs dependencies; older versions do not have `--yes`, but ignore
# the variable (Library/Homebrew/env_config.rb).
_ENV = (("HOMEBREW_NO_ASK", "1"), ("HOMEBREW_NO_ENV_HINTS", "1"))


class Brew(PackageManager):
    """brew; needs no root, updates its lists itself, and knows which formula has a command."""

    name = "brew"
    locked = re.compile(
        r"(Another `brew .*?` process|A `brew .*?` process) (?:is already|has already)"
    )

    def installed(self, machine: Machine) -> frozenset[str]:
        """Return the names of the installed formulae."""
        return words_of(machine, ["brew", "list", "--formula", "-1"])

    def install(self, packages: Sequence[str]) -> Command:
        """Return `brew install`."""
        return Command(("brew", "install", "--formula", *packages), _ENV)

    def versions(self, machine: Machine, packages: Sequence[str]) -> Mapping[str, str]:
        """Return the stable versions; empty if one of the formulae is unknown."""
        answer = json_of(machine, ["brew", "info", "--json=v2", "--formula", *packages])
        formulae = answer["formulae"] if answer else ()
        return {one["name"]: one["versions"]["stable"] for one in formulae}

    def owners(self, machine: Machine, needs: Sequence[Need]) -> Mapping[Need, tuple[Owner, ...]]:
        """Return the formulae that have the commands; brew does not know about other files."""
        tools = [need for need in wanted_by(needs) if need.kind == "tool-missing"]
        # `brew which-formula` stops at the first command that no formula has: one each.
        found = {need: words_of(machine, ["brew", "which-formula", need.subject]) for need in tools}
        return {need: _ranked(need.subject, names) for need, names in found.items() if names}


def _ranked(command: str, names: frozenset[str]) -> tuple[Owner, ...]:
    """Return the formulae; first one with the command's name; `llvm@17` is an old one."""
    order = sorted(names, key=lambda name: (name != command, "@" in name, len(name), name))
    path = f"/bin/{command}"
    clear = order[0] == command or len(order) == 1
    return tuple(Owner(name, path, sure=clear and not place) for place, name in enumerate(order))
