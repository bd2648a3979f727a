"""The result of a run."""

from __future__ import annotations

from dataclasses import field
from typing import Literal

from buildfix.core.changes import Changes
from buildfix.core.diagnosis import Diagnosis
from buildfix.core.light_dataclass import dataclass
from buildfix.core.plan import Command, Plan
from buildfix.core.steps import Step

Outcome = Literal["installed", "unfixed", "person-needed", "interrupted", "undone"]
"""How a run ended; `undone` if it took back another one."""


@dataclass(frozen=True)
class Attempt:
    """One run of the installer and its result."""

    command: Command
    log: str
    returncode: int
    seconds: float
    peak_rss: int | None
    """Peak memory of the whole process tree in bytes; None if unknown."""
    diagnosis: Diagnosis | None = None


@dataclass(frozen=True)
class Proof:
    """The evidence that one distribution is installed and works."""

    distribution: str
    version: str | None
    wheel: str | None
    modules: tuple[str, ...] = ()
    programs: tuple[str, ...] = ()
    compiled: bool = False
    """Whether any of its files is compiled: a module, a library, a program."""
    files: int = 0
    """How many of its files were found, if it has nothing to import or run."""


@dataclass(frozen=True)
class MissingFeature:
    """An optional part that a build silently left out, and what would enable it."""

    distribution: str
    missing: str
    """What is missing, as text."""
    packages: tuple[str, ...] = ()
    """The system packages that would enable it; empty if unknown."""
    log: str = ""
    """The log of its build; empty if unknown."""


@dataclass(frozen=True)
class Unfinished:
    """What failed or interrupted steps changed anyway, according to the package manager."""

    installed: tuple[str, ...] = ()
    """Packages that are installed now and were not before."""
    midway: tuple[str, ...] = ()
    """Packages that were left unpacked or partly configured."""


@dataclass(frozen=True)
class Timing:
    """Seconds spent in each part of the work."""

    total: float = 0.0
    foresee: float = 0.0
    apply: float = 0.0
    install: float = 0.0
    verify: float = 0.0


CANCELLED = "Cancelled."
"""Why a run ended whose plan a person declined."""


@dataclass(frozen=True)
class Report:
    """Everything about a run that a front end or a script needs."""

    outcome: Outcome
    requirements: tuple[str, ...]
    attempts: tuple[Attempt, ...] = ()
    applied: tuple[Step, ...] = ()
    proofs: tuple[Proof, ...] = ()
    degraded: tuple[MissingFeature, ...] = ()
    reason: str = ""
    """Why it ended this way, in one line; empty on success."""
    todo: tuple[Step, ...] = ()
    """What a person has to do, if anything."""
    interpreter: str = ""
    kept: tuple[str, ...] = ()
    """The wheels that were saved to the wheelhouse."""
    unfinished: Unfinished = field(default_factory=Unfinished)
    changes: Changes = field(default_factory=Changes)
    """What was changed on the system and in the target, from before and after."""
    log: str = ""
    """The log of what ran last: the installer, or an import that failed."""
    timing: Timing = field(default_factory=Timing)
    undoes: str = ""
    """The name of the run that it took back; empty for an install."""
    replay: Plan | None = None
    """The steps and the one install that reproduce it; None if not requested."""

    @property
    def diagnosis(self) -> Diagnosis | None:
        """The diagnosis of the last attempt."""
        return self.attempts[-1].diagnosis if self.attempts else None
