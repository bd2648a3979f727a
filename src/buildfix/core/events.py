"""What the engine tells while it works. A view subscribes; the engine knows no screen."""

from __future__ import annotations

from dataclasses import dataclass

from buildfix.core import (
    Attempt,
    Cause,
    Command,
    Diagnosis,
    LookUp,
    MissingFeature,
    Need,
    Plan,
    Proof,
    Report,
    Step,
    Unfinished,
    Variables,
)
from buildfix.core.changes import SystemChange, UnseenStep


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
class StepApplied:
    """A step has succeeded, and counts in all that follows."""

    step: Step
    variables: Variables = ()
    """All that steps have told the installer by then."""


@dataclass(frozen=True)
class LookUpSkipped:
    """Something could not be looked up, and the run goes on without it."""

    what: LookUp
    why: str


@dataclass(frozen=True)
class StepCutShort:
    """A step that did not succeed has changed something all the same."""

    unfinished: Unfinished


@dataclass(frozen=True)
class NeedsSettled:
    """What can be done about these needs has been done."""

    needs: tuple[Need, ...]


@dataclass(frozen=True)
class InstallVerified:
    """All that is installed of what was asked for works, but for optional parts."""

    proofs: tuple[Proof, ...] = ()
    absent: tuple[str, ...] = ()
    """What was asked for and is not in the target."""
    parts_missing: tuple[MissingFeature, ...] = ()
    """Optional parts that were seen not to work."""


@dataclass(frozen=True)
class ImportExplained:
    """It is known what a distribution that does not import was built with."""

    broken: str | None = None
    """The distribution, with its version."""
    pair: str | None = None
    """The requirement that it was built with, where it may have that."""
    against: str | None = None
    """The installed distribution with the library that it was built against in another version."""
    rebuilt: tuple[tuple[str, tuple[str, ...]], ...] = ()
    """What the build of the broken distribution requires, where its source was read."""


@dataclass(frozen=True)
class ParallelBuildDoubted:
    """Extensions are built one by one from now on, and what is installed is installed again."""


@dataclass(frozen=True)
class WheelsKept:
    """These wheels are in the wheelhouse now."""

    paths: tuple[str, ...]


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

Learned = (
    StepApplied
    | LookUpSkipped
    | StepCutShort
    | NeedsSettled
    | InstallVerified
    | ImportExplained
    | ParallelBuildDoubted
    | WheelsKept
)
"""What a run goes by from then on, and no view shows."""

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
