"""What a run learns: records of its journal that change its state but that no view shows."""

from __future__ import annotations

from dataclasses import field

from buildfix.core.cause import Need
from buildfix.core.changes import Halt, Snapshot, TargetChange
from buildfix.core.host import GpuLibrary, Host, Interpreter, Variables
from buildfix.core.light_dataclass import dataclass
from buildfix.core.report import MissingFeature, Outcome, Proof, Unfinished
from buildfix.core.steps import LookUp, Step


@dataclass(frozen=True)
class StepApplied:
    """A step has succeeded."""

    step: Step
    variables: Variables = ()
    """All variables that steps have set for the installer so far."""


@dataclass(frozen=True)
class LookUpSkipped:
    """Something could not be looked up; the run continues without it."""

    what: LookUp
    why: str


@dataclass(frozen=True)
class StepCutShort:
    """A step that did not succeed has changed something anyway."""

    unfinished: Unfinished


@dataclass(frozen=True)
class NeedsSettled:
    """Everything possible was done about these needs."""

    needs: tuple[Need, ...]


@dataclass(frozen=True)
class DownloadsReplaced:
    """What builds fetch cannot be reached, and these are installed in place of it."""

    needs: tuple[Need, ...]


@dataclass(frozen=True)
class InstallVerified:
    """Everything installed that was requested works, except optional parts."""

    proofs: tuple[Proof, ...] = ()
    absent: tuple[str, ...] = ()
    """What was requested and is not in the target."""
    parts_missing: tuple[MissingFeature, ...] = ()
    """Optional parts that do not work."""


@dataclass(frozen=True)
class ImportExplained:
    """It is known what a distribution that cannot be imported was built with."""

    broken: str | None = None
    """The distribution, with its version."""
    pair: str | None = None
    """The requirement that it was built with, if that may be installed."""
    against: str | None = None
    """The distribution that it was built against, now installed in another version."""
    rebuilt: tuple[tuple[str, tuple[str, ...]], ...] = ()
    """The build requirements of the broken distribution, if its source was read."""


@dataclass(frozen=True)
class ParallelBuildDoubted:
    """From now on extensions are built one by one, and installed ones are rebuilt."""


@dataclass(frozen=True)
class WheelsKept:
    """These wheels are in the wheelhouse now."""

    paths: tuple[str, ...]


@dataclass(frozen=True)
class TargetChosen:
    """The run installs into this interpreter from now on."""

    interpreter: Interpreter
    before: Snapshot | None
    """Its contents before the run; None on another machine, which cannot be inspected."""


@dataclass(frozen=True)
class TargetReported:
    """An installer of this run has said what it installs into the target, or removes from it."""

    installed: tuple[str, ...] = ()
    """By normalized name."""
    removed: tuple[str, ...] = ()


@dataclass(frozen=True)
class HostSeen:
    """The host's facts were gathered again, after steps that may have changed them."""

    host: Host


@dataclass(frozen=True)
class PackagesSeen:
    """The packages that a package manager had before the run's first step with it."""

    manager: str
    present: frozenset[str]


@dataclass(frozen=True)
class KilledRunsFound:
    """Earlier runs ended without recording it; this run reports them and continues their work."""

    names: tuple[str, ...]
    """The names of their folders."""
    midway: tuple[Step, ...] = ()
    """The steps that they were applying."""
    needs: tuple[Need, ...] = ()
    """The needs behind those steps, of runs with the same request."""


@dataclass(frozen=True)
class PackagesInherited:
    """A killed run with the same request installed these packages for its builds."""

    manager: str
    packages: tuple[str, ...]
    because: tuple[Need, ...] = ()
    """What they were to meet."""


@dataclass(frozen=True)
class StepBrought:
    """A step has installed something that was not there before, or only partly."""

    step: Step
    packages: tuple[str, ...] = ()
    """The packages that its manager installed."""
    undoable: bool = False
    """Whether its `undo` only removes what was not there before."""


@dataclass(frozen=True)
class LibraryTooOld:
    """The system's library is older than a source requires."""

    capability: str
    names: tuple[str, ...] = ()
    """Names that the source uses and the library lacks; empty if only a version is required."""


@dataclass(frozen=True)
class JobsReduced:
    """Builds run this many jobs in parallel from now on."""

    jobs: int
    must_be_told: bool
    """Whether tools without a job option would run more."""


@dataclass(frozen=True)
class MemoryShort:
    """One job needs more than this many bytes, according to a failed attempt."""

    per_job: int
    project: str = ""
    """The project that was built, if known."""


@dataclass(frozen=True)
class WheelsAsked:
    """An index that a recipe names was asked for a wheel, for the torch at that time."""

    requirement: str
    torch: GpuLibrary | None


@dataclass(frozen=True)
class RunConcluded:
    """What the final report says that is not in other records."""

    outcome: Outcome
    reason: str = ""
    """Why it ended this way, in one line; empty on success."""
    todo: tuple[Step, ...] = ()
    """What a person has to do."""
    target: TargetChange = field(default_factory=TargetChange)
    """How the target differs from before."""
    elsewhere: str = ""
    """The option that made the installer install into another location."""
    degraded: tuple[MissingFeature, ...] = ()
    """What builds left out."""
    halt: Halt | None = None
    """What stopped it from outside."""


@dataclass(frozen=True)
class TimeSpent:
    """How many seconds one part of the work took."""

    part: str
    seconds: float


@dataclass(frozen=True)
class PipAssumed:
    """A dry run assumes that the target has pip, and asks another interpreter's pip."""

    asked: Interpreter
    target: Interpreter


@dataclass(frozen=True)
class PipUpgradeAssumed:
    """A dry run assumes that the target's pip was upgraded."""


@dataclass(frozen=True)
class WheelsAssumed:
    """A dry run assumes that wheels from indexes in recipes were installed."""

    requirements: tuple[str, ...]
    arguments: tuple[str, ...]
    """The arguments with which the installer finds them."""


@dataclass(frozen=True)
class TorchAssumed:
    """A dry run assumes that this torch is in the target, and stays."""

    library: GpuLibrary


Learned = (
    StepApplied
    | LookUpSkipped
    | StepCutShort
    | NeedsSettled
    | DownloadsReplaced
    | InstallVerified
    | ImportExplained
    | ParallelBuildDoubted
    | WheelsKept
    | TargetChosen
    | TargetReported
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
    | TorchAssumed
)
"""Each is folded into the state of the run."""
