"""Plans and commands, as data."""

from __future__ import annotations

from typing import Literal

from buildfix.core.cause import Need
from buildfix.core.diagnosis import Diagnosis
from buildfix.core.host import Host, Variables
from buildfix.core.light_dataclass import dataclass
from buildfix.core.steps import Step


@dataclass(frozen=True)
class Command:
    """An argument vector, and variables to set in addition to the inherited ones."""

    argv: tuple[str, ...]
    env: Variables = ()
    success: tuple[int, ...] = ()
    """Exit codes other than 0 that also mean success."""


@dataclass(frozen=True)
class Arrival:
    """A distribution that will be in the target."""

    name: str
    version: str | None
    """None if it is not known yet."""
    how: Literal["wheel", "build", "present"]
    file: str = ""
    asked: bool = False
    """Whether it was requested itself, not only as a dependency."""
    needs: tuple[Need, ...] = ()
    """What its build needs, present or not."""
    estimate: float | None = None
    """The seconds that its last build took here; None if that is not known."""
    guess: float = 0.0
    """About how many seconds one core compiles, from the amount of source; 0 if unknown."""


@dataclass(frozen=True)
class Plan:
    """Ordered steps with their reasons, then the install and its verification."""

    requirements: tuple[str, ...]
    host: Host
    steps: tuple[Step, ...]
    install: Command
    modules: tuple[str, ...] = ()
    """The modules to import as verification, as far as they are known."""
    diagnosis: Diagnosis | None = None
    """The diagnosis that led to this plan, if a build failed."""
    unmet: tuple[tuple[Need, str], ...] = ()
    """Needs that nothing known provides, each with the reason."""
    alone: Command | None = None
    """The install on a bare machine, for an export; None if it is `install`."""
    files: tuple[tuple[str, str], ...] = ()
    """Files that the steps and the install use: path and text."""
    unread: tuple[str, ...] = ()
    """Sentences on what the plan leaves out because a source could not be read."""
    target: str = ""
    """The interpreter to install into."""
    arrivals: tuple[Arrival, ...] = ()
    """What will be installed, as far as it is known."""
    notes: tuple[str, ...] = ()
    """Sentences on what a person should know before agreeing."""


@dataclass(frozen=True)
class PlanDraft:
    """The steps that meet the needs, and the needs that nothing known meets, each with why."""

    steps: tuple[Step, ...] = ()
    unmet: tuple[tuple[Need, str], ...] = ()
    deferred: tuple[Need, ...] = ()
    """Needs that the system's index of files may tell about once these steps have fetched it."""
    notes: tuple[str, ...] = ()
    """Sentences on what a person could do instead."""
