"""What the engine tells while it works. A view subscribes; the engine knows no screen."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

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
from buildfix.core.changes import SystemChange, UnseenStep
from buildfix.core.learned import Learned


@dataclass(frozen=True)
class RunStarted:
    """A run has started in this process."""

    requirements: tuple[str, ...]
    process: int


@dataclass(frozen=True)
class RunEnded:
    """A run has ended, and it is known how."""

    outcome: str


@dataclass(frozen=True)
class AttemptStarted:
    """The installer is about to run for the `number`-th time."""

    number: int
    command: Command
    log: str
    side_by_side: Mapping[str, str] = field(default_factory=dict)
    """The builds, with versions, whose extensions it builds side by side."""


@dataclass(frozen=True)
class LogLine:
    """A line that the installer printed, credentials redacted."""

    text: str


@dataclass(frozen=True)
class AttemptFinished:
    """The installer has ended."""

    attempt: Attempt


@dataclass(frozen=True)
class AttemptStopped:
    """The installer was ended: what is foreseen by now says that it cannot succeed."""

    number: int


@dataclass(frozen=True)
class CauseFound:
    """The log of a failed attempt, or a failed import, has been diagnosed."""

    diagnosis: Diagnosis


@dataclass(frozen=True)
class SourceUnread:
    """A source that would be built could not be read, so that no plan holds what it needs."""

    why: str


@dataclass(frozen=True)
class RunsAsOwner:
    """The target belongs to another user than root: the installer and the build run as that one."""

    user: str
    folder: str


@dataclass(frozen=True)
class PlanProposed:
    """A plan is there; it is not agreed yet."""

    plan: Plan


@dataclass(frozen=True)
class PlanAnswered:
    """A person, or `--yes`, has agreed to the plan that was proposed last, or has not."""

    agreed: bool


@dataclass(frozen=True)
class StepStarted:
    """A step is about to be applied, by this command if it has one."""

    step: Step
    argv: tuple[str, ...]


@dataclass(frozen=True)
class StepOutput:
    """A line that a step's command printed."""

    text: str


@dataclass(frozen=True)
class Waiting:
    """Nothing goes on until something else lets go; `reason` says what."""

    reason: str


@dataclass(frozen=True)
class Notice:
    """What a person has to know while a step is applied, in a line."""

    text: str


@dataclass(frozen=True)
class WaitEnded:
    """What was waited for has let go."""


@dataclass(frozen=True)
class StepFinished:
    """A step has ended; zero is well."""

    step: Step
    returncode: int


@dataclass(frozen=True)
class VerifyStarted:
    """The installer ended well; what was asked for is about to be imported."""


@dataclass(frozen=True)
class Verified:
    """A distribution imports, or runs."""

    proof: Proof


@dataclass(frozen=True)
class ImportFailed:
    """A distribution is installed and does not import."""

    distribution: str
    module: str
    cause: Cause | None
    log: str = ""
    """Where what it said is kept."""


@dataclass(frozen=True)
class Finished:
    """The end, always the last event."""

    report: Report
    journal: tuple[Entry, ...] = ()
    """All that was done and learned, in its order."""


Event = (
    AttemptStarted
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
    """A record of a journal."""

    at: float
    """When it was made, in seconds since 1970."""
    record: Record
