"""Targets: the machines to build for, what they are, and what an install would take there."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from packaging.utils import canonicalize_name

from buildfix.installers.request_items import requirement_of

_PYTHON = ",python="
_IMPLEMENTATIONS = {"cpython": "cp", "pypy": "pp"}
_UNUSUAL = re.compile(r"[^a-z0-9_]+")
HASH = " --hash=sha256:"
"""What comes between a pin and the hash of its file, as in a requirements file."""
_UNIT_VERSION = 1
"""Changes if units of an earlier version must be built again."""


@dataclass(frozen=True)
class Target:
    """A machine to build for, as it is named on the command line."""

    machine: str
    """Its address, as `--on` takes it."""
    python: str | None = None

    def __str__(self) -> str:
        return f"{self.machine}{_PYTHON}{self.python}" if self.python else self.machine


def parse_target(text: str) -> Target:
    """Return the target that `MACHINE[,python=PATH]` names.

    A relative path of this machine becomes absolute, because builds run in other folders.
    """
    machine, separator, python = text.rpartition(_PYTHON)
    if machine == "local" and Path(python).name != python:
        python = str(Path.cwd() / python)
    return Target(machine, python) if separator else Target(text)


@dataclass(frozen=True)
class Distribution:
    """One distribution that an install would take."""

    name: str
    version: str
    wheel: bool
    file: str
    url: str = ""
    sha256: str = ""
    needs: tuple[str, ...] = ()
    """What its build needs from the system."""
    requires: tuple[str, ...] = ()
    """The projects that its build or its install requires."""

    @property
    def pin(self) -> str:
        """The requirement that allows this version only."""
        return f"{self.name}=={self.version}"

    @property
    def hashed(self) -> str:
        """The same as a line of a requirements file, with the hash of its file if known."""
        return f"{self.pin}{HASH}{self.sha256}" if self.sha256 else self.pin


@dataclass(frozen=True)
class ResolvedTarget:
    """A target with the facts about it, and what an install would take."""

    target: Target
    facts: Mapping[str, Any]
    distributions: tuple[Distribution, ...]
    portable: str = ""
    """The platform that built wheels are made portable for."""

    @property
    def name(self) -> str:
        """The name of its folder; equal for machines that can use each other's wheels."""
        facts, python = self.facts, self.facts["python"]
        short = _IMPLEMENTATIONS.get(python["implementation"].lower(), python["implementation"])
        digits = "".join(python["version"].split(".")[:2])
        system = f"{facts['id'] or facts['system']}{facts['version']}"
        return "-".join(map(_plain, (system, facts["arch"], f"{short}{digits}")))

    @property
    def pins(self) -> tuple[str, ...]:
        """The versions of everything, as requirements."""
        return tuple(one.pin for one in self.distributions)

    @property
    def builds(self) -> tuple[Distribution, ...]:
        """What must be built."""
        return tuple(one for one in self.distributions if not one.wheel)

    def key(self, one: Distribution) -> str:
        """Return the key of a build: the same sdist, target and plan give the same one."""
        facts = [_UNIT_VERSION, one.name, one.version, one.sha256, self.name, one.needs]
        facts += [self.portable] if self.portable else []
        return hashlib.sha256(json.dumps(facts).encode()).hexdigest()[:32]


def resolved(target: Target, document: Mapping[str, Any], portable: str = "") -> ResolvedTarget:
    """Return a target from the document of the order `resolve`."""
    return ResolvedTarget(
        target,
        document["target"],
        tuple(map(_distribution, document["distributions"])),
        portable,
    )


def _distribution(row: Mapping[str, Any]) -> Distribution:
    named = filter(None, map(requirement_of, row.get("requires", ())))
    return Distribution(
        row["name"],
        row["version"],
        row["wheel"],
        row["file"],
        row["url"],
        row["sha256"],
        tuple(row.get("needs", ())),
        tuple(sorted({canonicalize_name(one.name) for one in named})),
    )


def _plain(text: str) -> str:
    return _UNUSUAL.sub("_", text.lower())
