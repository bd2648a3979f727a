"""What a run learns and goes by from then on: records of its journal that no view shows."""

from __future__ import annotations

from dataclasses import dataclass, field

from buildfix.core.cause import Need
from buildfix.core.changes import Halt, Snapshot, TargetChange
from buildfix.core.host import GpuLibrary, Host, Interpreter, Variables
from buildfix.core.report import MissingFeature, Outcome, Proof, Unfinished
from buildfix.core.steps import LookUp, Step


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
class TargetChosen:
    """This interpreter is installed into from now on."""

    interpreter: Interpreter
    before: Snapshot | None
    """What it has now; None on another machine, which cannot be looked at."""


@dataclass(frozen=True)
class HostSeen:
    """The host was looked at again, after steps that may have changed it."""

    host: Host


@dataclass(frozen=True)
class PackagesSeen:
    """A package manager had anything of these packages before the run's first step with it."""

    manager: str
    present: frozenset[str]


@dataclass(frozen=True)
class KilledRunsFound:
    """Earlier runs ended without a record of it; this one tells of them, and goes on for them."""

    names: tuple[str, ...]
    """Of their folders."""
    midway: tuple[Step, ...] = ()
    """The steps that they were at."""
    needs: tuple[Need, ...] = ()
    """What those steps were to meet, of runs of the same request."""


@dataclass(frozen=True)
class PackagesInherited:
    """A run of the same request that was killed has installed these, for its builds."""

    manager: str
    packages: tuple[str, ...]


@dataclass(frozen=True)
class StepBrought:
    """A step has brought something that was not there before, or was there in part."""

    step: Step
    packages: tuple[str, ...] = ()
    """The packages of its manager that were pulled in."""
    undoable: bool = False
    """Whether its own undoing takes away nothing that was there before."""


@dataclass(frozen=True)
class LibraryTooOld:
    """The system has a library that is older than a source wants."""

    capability: str
    names: tuple[str, ...] = ()
    """What the source uses of it and it does not have; empty where only a version was asked for."""


@dataclass(frozen=True)
class JobsReduced:
    """Builds run so many jobs at once from now on."""

    jobs: int
    must_be_told: bool
    """Whether tools that are not told would run more."""


@dataclass(frozen=True)
class MemoryShort:
    """One job takes more than so many bytes, as an attempt that had too little shows."""

    per_job: int
    project: str = ""
    """The project that was built, where it is known to have been that one."""


@dataclass(frozen=True)
class WheelsAsked:
    """An index that a recipe names was asked for a wheel, for the torch of that time."""

    requirement: str
    torch: GpuLibrary | None


@dataclass(frozen=True)
class RunConcluded:
    """All that is told of a run in the end and is not in its other records."""

    outcome: Outcome
    reason: str = ""
    """Why it ended so, in a line; empty where it is installed."""
    todo: tuple[Step, ...] = ()
    """What a person would have to do."""
    target: TargetChange = field(default_factory=TargetChange)
    """What is otherwise in the target than before."""
    elsewhere: str = ""
    """The option by which the installer installed where nothing is looked at."""
    degraded: tuple[MissingFeature, ...] = ()
    """What builds left out."""
    halt: Halt | None = None
    """What ended it from outside."""


@dataclass(frozen=True)
class TimeSpent:
    """Seconds have gone into one part of the work."""

    part: str
    seconds: float


@dataclass(frozen=True)
class PipAssumed:
    """A dry run goes on as if the target had a pip, and asks that of another interpreter."""

    asked: Interpreter
    target: Interpreter


@dataclass(frozen=True)
class PipUpgradeAssumed:
    """A dry run goes on as if the target's pip had been upgraded."""


@dataclass(frozen=True)
class WheelsAssumed:
    """A dry run goes on as if wheels of indexes that recipes name had been installed."""

    requirements: tuple[str, ...]
    arguments: tuple[str, ...]
    """By which the installer finds them."""


Learned = (
    StepApplied
    | LookUpSkipped
    | StepCutShort
    | NeedsSettled
    | InstallVerified
    | ImportExplained
    | ParallelBuildDoubted
    | WheelsKept
    | TargetChosen
    | HostSeen
    | StepBrought
    | PackagesSeen
    | KilledRunsFound
    | PackagesInherited
    | LibraryTooOld
    | JobsReduced
    | MemoryShort
    | WheelsAsked
    | RunConcluded
    | TimeSpent
    | PipAssumed
    | PipUpgradeAssumed
    | WheelsAssumed
)
"""Each is folded into the state of the run."""
