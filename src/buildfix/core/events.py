"""What the engine reports while it works. A view shows it; the engine does not know any view."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field

from buildfix.core import (
    Attempt,
    Cause,
    Command,
    Diagnosis,
    Plan,
    Proof,
    Report,
    Step,
)
from buildfix.core.changes import Halt, SystemChange, UnseenStep
from buildfix.core.learned import Learned
from buildfix.core.light_dataclass import dataclass


@dataclass(frozen=True)
class RunStarted:
    """A run has started in this process."""

    requirements: tuple[str, ...]
    process: int
    folder: str = ""
    """From where relative paths lead."""
    undoes: str = ""
    """The name of the run whose changes it takes back, if it is an `undo`."""


@dataclass(frozen=True)
class RunEnded:
    """A run has ended and recorded how."""

    outcome: str


@dataclass(frozen=True)
class RunOpened:
    """A run is about to look at its request; this is the first event."""

    logs: str
    """The folder of its logs."""
    estimates: Mapping[str, float] = field(default_factory=dict)
    """The seconds that earlier builds took, by project."""


@dataclass(frozen=True)
class KilledRunFound:
    """An earlier run ended without recording it; this one checks the system again."""

    requirements: tuple[str, ...]
    halt: Halt
    """What was in progress."""
    completed: tuple[str, ...] = ()
    """The summaries of the steps that succeeded."""
    newest: bool = True
    """Whether no run has started since."""


@dataclass(frozen=True)
class AttemptStarted:
    """The installer is about to run; `number` counts from 1."""

    number: int
    command: Command
    log: str
    side_by_side: Mapping[str, str] = field(default_factory=dict)
    """The builds, with versions, whose extensions it builds side by side."""


@dataclass(frozen=True)
class BuildStarted:
    """One of the builds that run at once before the install has begun."""

    project: str
    version: str
    command: Command
    log: str
    total: int
    """How many of them there are."""


@dataclass(frozen=True)
class BuildFinished:
    """One of the builds that run at once has ended; 0 means that its wheel is kept for the run."""

    project: str
    version: str
    returncode: int
    seconds: float
    log: str


@dataclass(frozen=True)
class LogLine:
    """A line that the installer printed, without credentials."""

    text: str
    project: str = ""
    """The project whose build printed it, if several builds run at once."""


@dataclass(frozen=True)
class AttemptFinished:
    """The installer has ended."""

    attempt: Attempt


@dataclass(frozen=True)
class AttemptStopped:
    """The installer was stopped, because the forecast shows that it cannot succeed."""

    number: int
    to_build: bool = False
    """Whether it was stopped because it would build one after the other what is built at once."""


@dataclass(frozen=True)
class CauseFound:
    """The log of a failed attempt, or a failed import, has been diagnosed."""

    diagnosis: Diagnosis


@dataclass(frozen=True)
class SourceUnread:
    """A source to be built could not be read, so its needs are not in the plan."""

    why: str


@dataclass(frozen=True)
class RunsAsOwner:
    """The target belongs to another user than root, so the install runs as that user."""

    user: str
    folder: str


@dataclass(frozen=True)
class PlanProposed:
    """A plan was made; nobody has agreed to it yet."""

    plan: Plan


@dataclass(frozen=True)
class PlanAnswered:
    """The last proposed plan was accepted (by a person or `--yes`) or rejected."""

    agreed: bool


@dataclass(frozen=True)
class StepStarted:
    """A step is about to be applied, with this command if it has one."""

    step: Step
    argv: tuple[str, ...]


@dataclass(frozen=True)
class StepOutput:
    """A line that a step's command printed."""

    text: str


@dataclass(frozen=True)
class Waiting:
    """The run waits for something else; `reason` says for what."""

    reason: str


@dataclass(frozen=True)
class Notice:
    """A message for people while a step is applied."""

    text: str


@dataclass(frozen=True)
class WaitEnded:
    """The wait is over."""


@dataclass(frozen=True)
class StepFinished:
    """A step has ended; 0 means success."""

    step: Step
    returncode: int


@dataclass(frozen=True)
class VerifyStarted:
    """The installer succeeded; the imports are about to be tried."""


@dataclass(frozen=True)
class Verified:
    """A distribution can be imported, or its programs run."""

    proof: Proof


@dataclass(frozen=True)
class ImportFailed:
    """A distribution is installed but cannot be imported."""

    distribution: str
    module: str
    cause: Cause | None
    log: str = ""
    """The file with the output of the import."""


@dataclass(frozen=True)
class Finished:
    """The end; always the last event."""

    report: Report
    journal: tuple[Entry, ...] = ()
    """Everything done and learned, in order."""


Event = (
    RunOpened
    | KilledRunFound
    | AttemptStarted
    | BuildStarted
    | BuildFinished
    | LogLine
    | AttemptFinished
    | AttemptStopped
    | CauseFound
    | SourceUnread
    | RunsAsOwner
    | PlanProposed
    | StepStarted
    | StepOutput
    | Waiting
    | Notice
    | StepFinished
    | VerifyStarted
    | Verified
    | ImportFailed
    | Finished
)

Record = (
    Event | RunStarted | RunEnded | PlanAnswered | WaitEnded | SystemChange | UnseenStep | Learned
)
"""What a journal keeps: events, what was seen of the system, and what was learned."""


@dataclass(frozen=True)
class Entry:
    """A record of the journal."""

    at: float
    """When it was made, in seconds since 1970."""
    record: Record
