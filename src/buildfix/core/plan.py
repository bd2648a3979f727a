"""What is to be done, as data."""

from __future__ import annotations

from dataclasses import dataclass

from buildfix.core.cause import Diagnosis, Need
from buildfix.core.host import Host, Variables
from buildfix.core.steps import Step


@dataclass(frozen=True)
class Command:
    """An argument vector and the variables that it is run with beside the inherited ones."""

    argv: tuple[str, ...]
    env: Variables = ()
    success: tuple[int, ...] = ()
    """Exit codes beside 0 by which it says that it is done."""


@dataclass(frozen=True)
class Plan:
    """Ordered steps, each with its reasons, then the install and its proof."""

    requirements: tuple[str, ...]
    host: Host
    steps: tuple[Step, ...]
    install: Command
    modules: tuple[str, ...] = ()
    """What will be imported to prove it, as far as it is known beforehand."""
    diagnosis: Diagnosis | None = None
    """What made this plan, where a failed build did."""
    unmet: tuple[tuple[Need, str], ...] = ()
    """What is needed and nothing known brings, each with why."""
    alone: Command | None = None
    """The install on a machine that has nothing of it yet, for an export; None: as `install`."""
    files: tuple[tuple[str, str], ...] = ()
    """Files that steps and the install name, by path, each with its text."""
    unread: tuple[str, ...] = ()
    """What the plan does not know of, because a source could not be read; each in a sentence."""
