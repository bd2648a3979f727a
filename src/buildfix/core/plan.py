"""What is to be done, as data."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from buildfix.core.cause import Diagnosis, Need
from buildfix.core.host import Host, Variables

LookUp = Literal["package lists", "index of files"]
StepKind = Literal["packages", "environment", "command", "installer", "manual"]


@dataclass(frozen=True)
class Probe:
    """A command that tells a fact: it ends well and a line of its output matches `pattern`."""

    argv: tuple[str, ...]
    pattern: str


@dataclass(frozen=True)
class Step:
    """One action of a plan, as data."""

    kind: StepKind
    summary: str
    because: tuple[Need, ...] = ()
    argv: tuple[str, ...] = ()
    env: Variables = ()
    """Variables that the command is run with."""
    privileged: bool = False
    manager: str | None = None
    packages: tuple[str, ...] = ()
    variables: Variables = ()
    """Variables that the installer gets from here on (kind `environment`)."""
    rebuild: tuple[str, ...] = ()
    """Distributions that the installer is to build from source from here on, though they are
    there (kind `installer`)."""
    constraints: tuple[str, ...] = ()
    """Requirements that hold for the build's own ones from here on (kind `installer`)."""
    unisolated: tuple[str, ...] = ()
    """Distributions that are built without isolation from here on (kind `installer`)."""
    pins: tuple[str, ...] = ()
    """Requirements that are asked for from here on in the place of those that name the same
    projects (kind `installer`)."""
    discover: Probe | None = None
    """Run before; the named groups of its pattern fill `{…}` in `argv`."""
    marker: str | None = None
    """A file that has to exist while the command runs."""
    until: Probe | None = None
    """What has to hold before the step counts as done, where the command returns before that."""
    wait: int = 0
    """Seconds that this may take."""
    success: tuple[int, ...] = ()
    """Exit codes beside 0 by which the command says that it is done."""
    target: str | None = None
    """The interpreter to install into from here on, where this step makes another one."""
    creates: str | None = None
    """A path that is there once the step was taken; where it is, the step is not needed again."""
    undo: tuple[str, ...] = ()
    """The command that takes away again what this step brings."""
    undo_if_new: tuple[str, ...] = ()
    """Folders of which none may have been there before the step for `undo` to be right."""
    removes: tuple[str, ...] = ()
    """Packages that this step takes away."""
    looks_up: LookUp | None = None
    """What it only looks up: all goes on where that fails."""
    afterwards: bool = False
    """It is taken once the import is proven."""


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
