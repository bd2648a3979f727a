"""What a run changed, compared before and after; the closing sentences are based on this."""

from __future__ import annotations

from typing import Literal

from buildfix.core.light_dataclass import dataclass

Moment = Literal["start", "plan", "step", "lock", "installer", "verify", "between", "end"]
"""What was under way: nothing yet, a plan not yet applied, a step, waiting for a package manager's
lock, the installer, the imports, nothing between these, or what follows a verified install."""


@dataclass(frozen=True)
class Installed:
    """A distribution in the target."""

    name: str
    """Its normalized name."""
    version: str

    def __str__(self) -> str:
        """Return name and version."""
        return f"{self.name} {self.version}".strip()


@dataclass(frozen=True)
class Metadata:
    """The identity of a distribution's metadata in a target."""

    path: str
    stamp: int
    """When it was written, in nanoseconds; a reinstall writes it again."""
    installed: Installed


Snapshot = tuple[Metadata, ...]
"""In the interpreter's search order."""


@dataclass(frozen=True)
class SystemChange:
    """What a step changed on the system, from its package manager before and after."""

    manager: str
    asked: tuple[str, ...] = ()
    """The added packages that the step named."""
    added: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    unfinished: tuple[str, ...] = ()
    """Packages that are unpacked or partly configured."""


@dataclass(frozen=True)
class UnseenStep:
    """A step that ran, but no package manager says what it changed."""

    summary: str
    finished: bool


@dataclass(frozen=True)
class TargetChange:
    """How the target differs from before the run."""

    added: tuple[Installed, ...] = ()
    """Distributions that are new or were reinstalled."""
    removed: tuple[Installed, ...] = ()
    asked: tuple[Installed, ...] = ()
    """The requested distributions that are installed now."""
    absent: tuple[str, ...] = ()
    """What was requested, by name or URL, and is not installed."""
    seen: bool = False
    """Whether the target's folders could be read."""

    @property
    def kept(self) -> tuple[Installed, ...]:
        """The requested distributions that were installed before and are unchanged."""
        return tuple(one for one in self.asked if one not in self.added)


@dataclass(frozen=True)
class Halt:
    """What stopped a run from outside, and what was in progress."""

    by: str
    """`Ctrl-C`, or the name of a signal."""
    moment: Moment
    detail: str = ""
    """The step, or what it waited for."""


@dataclass(frozen=True)
class Changes:
    """Everything that a run changed, as far as it can be determined."""

    system: tuple[SystemChange, ...] = ()
    unseen: tuple[UnseenStep, ...] = ()
    target: TargetChange = TargetChange()
    elsewhere: str = ""
    """The option that made the installer install into another location."""
    halt: Halt | None = None
