"""conda, mamba and micromamba: compilers and libraries from conda-forge into an environment."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from buildfix.core import Command, Host
from buildfix.machines.local import Machine
from buildfix.package_managers.base import PackageManager
from buildfix.package_managers.output_parsing import json_of

_PROGRAMS = ("micromamba", "mamba", "conda")
"""They have the same commands; the first ones are faster."""
_CHANNEL = ("--override-channels", "--channel", "conda-forge")
"""With Anaconda's own channel, conda would ask to accept its terms."""


@dataclass(frozen=True)
class Conda(PackageManager):
    """One of the three programs, and the environment to install into."""

    program: str = "conda"
    prefix: str | None = None
    """The environment; None means the active one."""

    name = "conda"
    locked = re.compile(r"Cannot lock '([^']+)'|LockError: .*")

    def installed(self, machine: Machine) -> frozenset[str]:
        """Return the names of the environment's packages."""
        answer = json_of(machine, [self.program, "list", "--json", *self._into])
        # From micromamba 2.9 on the list is in a document of its own.
        listed = answer.get("packages", ()) if isinstance(answer, dict) else answer or ()
        return frozenset(one["name"] for one in listed)

    def install(self, packages: Sequence[str]) -> Command:
        """Return the command that installs packages from conda-forge."""
        return Command((self.program, "install", "--yes", *self._into, *_CHANNEL, *packages))

    def versions(self, machine: Machine, packages: Sequence[str]) -> Mapping[str, str]:
        """Return the versions in the solver's solution; empty if there is none."""
        dry = ("install", "--dry-run", "--json", *self._into, *_CHANNEL)
        answer: Any = json_of(machine, [self.program, *dry, *packages])
        actions = answer.get("actions", {}) if isinstance(answer, dict) else {}
        linked = actions.get("LINK", ()) if isinstance(actions, dict) else ()
        return {one["name"]: one["version"] for one in linked if one["name"] in packages}

    @property
    def _into(self) -> tuple[str, ...]:
        return ("--prefix", self.prefix) if self.prefix else ()


def conda_of(host: Host) -> Conda:
    """Return the program that a host has, for the environment of its target interpreter.

    A virtual environment on top of conda's Python uses the libraries of conda's environment.
    """
    program = next((name for name in _PROGRAMS if name in host.commands), "conda")
    return Conda(program, host.interpreter.base_prefix if host.interpreter else None)
