"""What a run changed, as it was seen before and after; every closing sentence rests on this."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Moment = Literal["start", "plan", "step", "lock", "installer", "verify", "between", "end"]
"""What was under way: nothing yet, a plan not yet applied, a step, waiting for a package manager's
lock, the installer, the imports, nothing between these, or what follows a verified install."""


@dataclass(frozen=True)
class Installed:
    """A distribution in the target."""

    name: str
    """Normalised."""
    version: str

    def __str__(self) -> str:
        """Return it as one says it."""
        return f"{self.name} {self.version}".strip()


@dataclass(frozen=True)
class Metadata:
    """What describes a distribution in a target."""

    path: str
    stamp: int
    """When it was written, in nanoseconds: an installation anew writes it anew."""
    installed: Installed


Snapshot = tuple[Metadata, ...]
"""In the order in which an interpreter looks."""


@dataclass(frozen=True)
class SystemChange:
    """What a step changed on the system, as its package manager told before and after."""

    manager: str
    asked: tuple[str, ...] = ()
    """Those of what was added that the step named."""
    added: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    unfinished: tuple[str, ...] = ()
    """Packages that are left unpacked or half configured."""


@dataclass(frozen=True)
class UnseenStep:
    """A step whose command ran, and of which no package manager tells what it changed."""

    summary: str
    finished: bool


@dataclass(frozen=True)
class TargetChange:
    """What is otherwise in the target than it was before the run."""

    added: tuple[Installed, ...] = ()
    """Distributions that are new, or were reinstalled."""
    removed: tuple[Installed, ...] = ()
    asked: tuple[Installed, ...] = ()
    """Those of what was asked for that are there now."""
    absent: tuple[str, ...] = ()
    """What was asked for, by name or URL, and is not there."""
    seen: bool = False
    """Whether the target's folders could be read."""

    @property
    def kept(self) -> tuple[Installed, ...]:
        """Those of what was asked for that were there before, and are untouched."""
        return tuple(one for one in self.asked if one not in self.added)


@dataclass(frozen=True)
class Halt:
    """What ended a run from outside, and what was under way then."""

    by: str
    """`Ctrl-C`, or the name of a signal."""
    moment: Moment
    detail: str = ""
    """The step, or what was waited for."""


@dataclass(frozen=True)
class Changes:
    """All that a run changed, as far as it can be seen."""

    system: tuple[SystemChange, ...] = ()
    unseen: tuple[UnseenStep, ...] = ()
    target: TargetChange = TargetChange()
    elsewhere: str = ""
    """The option by which the installer installed where nothing is looked at."""
    halt: Halt | None = None
