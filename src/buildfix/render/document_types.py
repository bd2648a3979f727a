"""The JSON documents as types; their schemas in `schemas/` are made from these.

Keys that the contract does not promise are `NotRequired`. Only type checkers and
`tests/document_schema.py` import this module.
"""

from __future__ import annotations

import sys
from typing import Any, Literal, TypedDict

if sys.version_info >= (3, 11):
    from typing import NotRequired
else:
    from typing_extensions import NotRequired

from buildfix.core import Outcome, Phase, Privilege
from buildfix.core.changes import Moment
from buildfix.core.steps import StepKind


class ReasonDocument(TypedDict):
    """Why a step is needed, as the cause that a build would fail with."""

    kind: str
    """The kind of cause."""
    subject: str
    """What is missing, or wrong."""
    probable: NotRequired[bool]
    """Whether it is only likely, because the build could not be followed that far."""


class UnmetDocument(ReasonDocument):
    """A need that nothing known provides."""

    why: str
    """Why nothing provides it."""


class CauseDocument(TypedDict):
    """Why a build failed, and the line of the log that says so."""

    kind: str
    """The kind of cause."""
    subject: str
    """What is missing, or wrong; `-` if nothing can be named."""
    line: int
    """The number of the line in the log as given, from 1."""
    text: str
    """That line without its margin."""
    required: str | None
    """The version that is asked for, if known."""
    confidence: NotRequired[float]
    """How likely it is that kind and subject are right, from 0 to 1."""
    by: NotRequired[Literal["pattern", "model"]]
    """What recognized it: a pattern of the recipes, or the model that learned from logs."""


class ProbeDocument(TypedDict):
    """A command that tests a fact."""

    argv: list[str]
    """Its argument vector."""
    pattern: str
    """The regular expression that a line of its output must match."""


class StepDocument(TypedDict):
    """One action of a plan. Keys that its kind does not have are absent."""

    kind: StepKind
    """What kind of action it is."""
    summary: str
    """What it does, in words."""
    privileged: bool
    """Whether the command needs root."""
    because: list[ReasonDocument]
    """What it is for."""
    reasons: NotRequired[list[str]]
    """The same as sentences."""
    manager: NotRequired[str]
    """The package manager."""
    packages: NotRequired[list[str]]
    """The packages that it installs."""
    removes: NotRequired[list[str]]
    """The packages that it removes."""
    argv: NotRequired[list[str]]
    """The argument vector of its command."""
    env: NotRequired[dict[str, str]]
    """Variables to set for the command."""
    variables: NotRequired[dict[str, str]]
    """Variables that the installer gets from then on."""
    rebuild: NotRequired[list[str]]
    """Distributions to build from source even if they are installed."""
    constraints: NotRequired[list[str]]
    """Constraints on build requirements."""
    unisolated: NotRequired[list[str]]
    """Distributions to build without isolation; `*` means all."""
    pins: NotRequired[list[str]]
    """Requirements to install instead of those requested."""
    discover: NotRequired[ProbeDocument]
    """A command to run first, whose named groups fill `{...}` in `argv`."""
    until: NotRequired[ProbeDocument]
    """What must be true before the step counts as done."""
    wait: NotRequired[int]
    """How many seconds that may take."""
    afterwards: NotRequired[bool]
    """Whether it is applied after the import is verified."""


class RemedyDocument(StepDocument):
    """A step that would fix a cause."""

    command: str
    """Its command as one would type it; empty if it has none."""


class LineDocument(TypedDict):
    """A line of a log."""

    line: int
    """Its number, from 1."""
    text: str
    """Its text."""


class DiagnosisDocument(TypedDict):
    """What a log says about a failed build: `buildfix explain --json`."""

    schema: Literal["buildfix.diagnosis/1"]
    """The name of this schema."""
    failed: bool
    """Whether the log has a failure."""
    project: str | None
    """The project whose build failed, if known."""
    phase: Phase | None
    """When it failed, if known."""
    cause: CauseDocument | None
    """The earliest cause; null if nothing failed."""
    also: list[CauseDocument]
    """Further, independent causes."""
    remedies: list[RemedyDocument]
    """The steps that would fix it on the host."""
    alternatives: NotRequired[list[CauseDocument]]
    """At most two other readings, if the confidence is low."""
    says: NotRequired[str]
    """The cause in a sentence for people."""
    advice: NotRequired[str]
    """What a person can do if buildfix cannot do anything."""
    never: NotRequired[list[str]]
    """What people try that never helps."""
    excerpt: NotRequired[list[LineDocument]]
    """The relevant lines around the cause."""


class InterpreterDocument(TypedDict):
    """A Python interpreter, as it describes itself."""

    path: str
    """Its path."""
    version: str
    """Its version, for example `3.13.5`."""
    implementation: str
    """For example `CPython`."""
    prefix: str
    """Its `sys.prefix`."""
    base_prefix: str
    """Its `sys.base_prefix`."""
    include: str
    """The folder where `Python.h` would be."""
    has_headers: bool
    """Whether `Python.h` is there."""
    externally_managed: bool
    """Whether the system's package manager owns it (PEP 668)."""
    pip: str | None
    """The version of its pip; null if it has none."""
    can_make_venv: bool
    """Whether it can create virtual environments."""
    conda: bool
    """Whether it belongs to a conda environment."""
    platlib: str
    """Its site-packages, where compiled modules go."""
    site: list[str]
    """The folders of its site-packages."""


class RustDocument(TypedDict):
    """The Rust toolchain."""

    version: str
    """The version of the newest rustc with a cargo beside it; empty if there is none."""
    folder: str
    """The folder of that rustc if it is not on PATH."""
    rustup: str
    """The path of rustup; empty if there is none."""
    cargo_home: str
    """Cargo's home folder."""
    homes: dict[str, str]
    """CARGO_HOME and RUSTUP_HOME, if the environment sets them."""


class ToolkitDocument(TypedDict):
    """A CUDA toolkit."""

    home: str
    """The folder that CUDA_HOME would be."""
    version: str
    """The version of its nvcc."""
    newest_gcc: int
    """The newest GCC that its headers accept; 0 if they do not say."""


class GpuLibraryDocument(TypedDict):
    """torch, cupy or jax in the target."""

    name: str
    """Which one."""
    version: str
    """Its version."""
    cuda: str
    """The CUDA that it was built with; empty for none."""


class CudaDocument(TypedDict):
    """What the machine and the target have for CUDA."""

    toolkits: list[ToolkitDocument]
    """In the order in which builds find them."""
    driver: str
    """The driver's version; empty if there is none."""
    architectures: list[str]
    """Compute capabilities of the GPUs, for example `9.0`."""
    libraries: list[GpuLibraryDocument]
    """The GPU libraries in the target."""
    wheels: str
    """The version of the distribution cuda-toolkit in the target."""
    compilers: list[list[Any]]
    """Host compilers, each with major version and path; first the one that nvcc uses."""
    told: dict[str, str]
    """The user's own variables for CUDA builds."""


class HostDocument(TypedDict):
    """A machine and its target interpreter: `buildfix doctor --json`; `--host` reads it."""

    schema: Literal["buildfix.host/1"]
    """The name of this schema."""
    system: str
    """The system in `sys.platform`: linux, darwin, win32."""
    id: str
    """`ID` of /etc/os-release, or the system's name."""
    id_like: list[str]
    """`ID_LIKE` of /etc/os-release."""
    version: str
    """`VERSION_ID` of /etc/os-release; empty if there is none."""
    codename: str
    """The name of the release."""
    title: str
    """The system's name for people."""
    arch: str
    """The processor architecture."""
    libc: str
    """The C library with its version."""
    privilege: Privilege
    """How root's rights can be had."""
    read_only: NotRequired[bool]
    """Whether packages cannot be installed, because the system is mounted read-only."""
    cores: int
    """How many processor cores may be used."""
    memory_total: int | None
    """Bytes; null if unknown."""
    memory_available: int | None
    """Bytes that builds can use now; null if unknown."""
    data_folder: str
    """Where buildfix may store this user's data; empty if it must not."""
    lists_fresh: bool
    """Whether the package manager's lists exist and are recent."""
    interrupted: bool
    """Whether the package manager was interrupted and must finish that first."""
    rust: RustDocument
    """The Rust toolchain."""
    cuda: CudaDocument
    """What there is for CUDA."""
    build_path: list[str]
    """Folders that builds search for programs before PATH."""
    interpreter: InterpreterDocument | None
    """The interpreter to install into, if there is one."""
    packages: list[str]
    """The packages installed by the system's package manager."""
    commands: list[str]
    """The programs on PATH."""
    setups: list[str]
    """Installed setups, such as Xcode's tools."""


class BuildDocument(TypedDict):
    """A distribution that would be in the target."""

    name: str
    """Its name."""
    version: str | None
    """Its version, if known."""
    how: Literal["wheel", "build", "present"]
    """Whether a wheel is installed, it is built, or it is there already."""
    file: str | None
    """The file that would be installed or built."""
    needs: list[ReasonDocument]
    """What its build needs, present or not."""
    estimate_s: float | None
    """Seconds that its last build took here, if known."""


class CommandDocument(TypedDict):
    """A command."""

    argv: list[str]
    """Its argument vector."""
    env: dict[str, str]
    """Variables to set in addition to the inherited ones."""


class VerifyDocument(TypedDict):
    """How the install is verified."""

    modules: list[str]
    """The modules to import, as far as they are known."""


class PlanDocument(TypedDict):
    """What would be done before the first build: `buildfix fix --dry-run --json`."""

    schema: Literal["buildfix.plan/1"]
    """The name of this schema."""
    requirements: list[str]
    """What was requested."""
    host: HostDocument
    """The machine that the plan is for."""
    steps: list[StepDocument]
    """The steps, in order."""
    install: CommandDocument
    """The install that follows."""
    verify: VerifyDocument
    """The verification that follows."""
    builds: NotRequired[list[BuildDocument]]
    """What would be in the target, as far as it is known."""
    download_bytes: NotRequired[int | None]
    """Bytes of packages to download, if the package manager says so."""
    disk_bytes: NotRequired[int | None]
    """Bytes that the packages use, if the package manager says so."""
    unmet: NotRequired[list[UnmetDocument]]
    """Needs that nothing known provides."""
    unread: NotRequired[list[str]]
    """Sentences on what the plan leaves out because a source could not be read."""
    notes: NotRequired[list[str]]
    """Sentences on what a person should know before agreeing."""
    diagnosis: NotRequired[DiagnosisDocument | None]
    """Why a build cannot succeed, if it cannot."""
    undoes: NotRequired[str]
    """The name of the run that it takes back: `buildfix undo --dry-run --json`."""
    kept: NotRequired[list[str]]
    """Sentences on what stays when a run is taken back."""


class AttemptDocument(CommandDocument):
    """One run of the installer."""

    log: str
    """The file with its output."""
    returncode: int
    """Its exit code."""
    seconds: float
    """How long it took."""
    peak_rss: int | None
    """Peak memory of all its processes in bytes, if known."""
    diagnosis: DiagnosisDocument | None
    """Why it failed, if it did."""


class ProofDocument(TypedDict):
    """A distribution that was verified."""

    name: str
    """Its name."""
    version: str | None
    """Its version."""
    wheel: str | None
    """The file name of its wheel, if known."""
    modules: list[str]
    """The modules that were imported."""
    programs: list[str]
    """The programs that were run."""


class VerifiedDocument(TypedDict):
    """What was verified; version and wheel are those of the first distribution."""

    modules: list[str]
    """The modules that were imported."""
    version: str | None
    """The version."""
    wheel: str | None
    """The file name of the wheel, if known."""
    programs: NotRequired[list[str]]
    """The programs that were run."""
    distributions: NotRequired[list[ProofDocument]]
    """Each distribution."""


class DegradedDocument(TypedDict):
    """An optional part that a build silently left out."""

    distribution: str
    """The distribution that lacks it."""
    missing: str
    """What is missing."""
    packages: list[str]
    """The system packages that would enable it; empty if unknown."""


class SecondsDocument(TypedDict):
    """Seconds spent in each part of the work."""

    total: float
    """Everything."""
    foresee: float
    """The forecast."""
    apply: float
    """The steps."""
    install: float
    """The installer."""
    verify: float
    """The verification."""


class SystemChangeDocument(TypedDict):
    """What a step changed, from its package manager before and after."""

    manager: str
    """The package manager."""
    asked: list[str]
    """The added packages that the step named."""
    added: list[str]
    """All added packages."""
    removed: list[str]
    """The removed packages."""
    unfinished: list[str]
    """Packages that are unpacked or partly configured."""


class UnseenDocument(TypedDict):
    """A step that ran, but no package manager says what it changed."""

    summary: str
    """What it does."""
    finished: bool
    """Whether it finished."""


class HaltDocument(TypedDict):
    """What stopped a run from outside."""

    by: str
    """`Ctrl-C`, or the name of a signal."""
    moment: Moment
    """What was in progress."""
    detail: str
    """The step, or what it waited for."""


class ChangesDocument(TypedDict):
    """What was changed on the system and in the target."""

    system: list[SystemChangeDocument]
    """Packages."""
    unseen: list[UnseenDocument]
    """Steps of which it is unknown what they changed."""
    installed: list[str]
    """Distributions that are new or were reinstalled, with versions."""
    removed: list[str]
    """Distributions that were removed, with versions."""
    already: list[str]
    """Requested distributions that were there before."""
    halt: HaltDocument | None
    """What stopped the run, if something did."""


class RecordDocument(TypedDict):
    """A record of the journal, with keys of its own kind."""

    at: float
    """When it was made, in seconds since 1970."""
    record: str
    """Its kind, for example `step-started`."""


class EvidenceDocument(TypedDict):
    """A remedy that was applied, and whether it helped."""

    remedy: str
    """The step, in words."""
    cause: ReasonDocument
    """What it was for."""
    came_back: bool
    """Whether the same cause was found again afterwards."""
    outcome: str
    """How the run ended."""


class UnfinishedDocument(TypedDict):
    """What failed or interrupted steps changed anyway."""

    installed: list[str]
    """Packages that are installed now and were not before."""
    midway: list[str]
    """Packages that were left unpacked or partly configured."""


class ReportDocument(TypedDict):
    """What a run did: `buildfix fix --json`, `undo --json`, `history show N --json`."""

    schema: Literal["buildfix.report/1"]
    """The name of this schema."""
    outcome: Outcome
    """How the run ended."""
    requirements: list[str]
    """What was requested."""
    attempts: list[AttemptDocument]
    """The runs of the installer."""
    applied: list[StepDocument]
    """The steps that succeeded."""
    verified: VerifiedDocument | None
    """What was verified; null unless everything requested works."""
    degraded: list[DegradedDocument]
    """Optional parts that were silently left out."""
    seconds: SecondsDocument
    """How long it took."""
    journal: NotRequired[list[RecordDocument]]
    """Everything that was done and learned, in order."""
    evidence: NotRequired[list[EvidenceDocument]]
    """What the run shows about its remedies."""
    undoes: NotRequired[str | None]
    """The name of the run that it took back; null for an install."""
    reason: NotRequired[str]
    """Why it ended this way, in one line; empty on success."""
    interpreter: NotRequired[str]
    """The interpreter that it installed into."""
    todo: NotRequired[list[StepDocument]]
    """What a person has to do."""
    changes: NotRequired[ChangesDocument]
    """What was changed, from before and after."""
    kept: NotRequired[list[str]]
    """The wheels that were saved to the wheelhouse."""
    unfinished: NotRequired[UnfinishedDocument]
    """What failed or interrupted steps changed anyway."""


class RunDocument(TypedDict):
    """An earlier run."""

    number: int
    """Its number in the list; 1 is the latest."""
    name: str
    """Its name, which stays the same."""
    started: str
    """When it started: ISO 8601, UTC."""
    requirements: list[str]
    """What was requested."""
    folder: str
    """From where relative paths lead."""
    undoes: str | None
    """The name of the run that it took back; null for an install."""
    interpreter: str | None
    """The interpreter that it installed into."""
    outcome: str
    """How it ended; `running` or `killed` if it did not."""
    seconds: float
    """How long it took."""
    changes: ChangesDocument
    """What it changed."""
    logs: str
    """The folder of its logs."""


class HistoryDocument(TypedDict):
    """The last runs: `buildfix history --json`."""

    schema: Literal["buildfix.history/1"]
    """The name of this schema."""
    runs: list[RunDocument]
    """The runs, the latest first."""


class ErrorDetails(TypedDict):
    """What went wrong."""

    code: str
    """The kind of error."""
    message: str
    """What happened, and what was left unchanged."""
    hint: str
    """What to do next; may be empty."""


class ErrorDocument(TypedDict):
    """An error that ended a command early, whichever command it was."""

    schema: Literal["buildfix.error/1"]
    """The name of this schema."""
    error: ErrorDetails
    """What went wrong."""
    exit_code: int
    """The exit code of the command."""


class WheelTargetDocument(TypedDict):
    """What wheels are looked for."""

    python: str
    """The version of the interpreter."""
    platform: str
    """The platform."""
    tag: str | None
    """The most specific wheel tag."""
    pip: str | None
    """The version of its pip, if known."""


class WheelReasonDocument(TypedDict):
    """Why no wheel is used."""

    kind: str
    """The kind of reason."""
    subject: str
    """What it is about."""
    required: str | None
    """What would be required, if known."""
    says: str
    """The reason in a sentence."""


class AvoidanceDocument(TypedDict):
    """A way to avoid the build."""

    kind: str
    """The kind of way."""
    summary: str
    """What to do."""
    requirement: str | None
    """The requirement to ask for instead, if that is the way."""
    python: str | None
    """The interpreter to use instead, if that is the way."""


class WheelDocument(TypedDict):
    """A wheel of the index."""

    filename: str
    """Its file name."""
    pythons: list[str]
    """The interpreters in its tags."""
    abis: list[str]
    """The ABIs in its tags."""
    platforms: list[str]
    """The platforms in its tags."""
    serves: bool
    """Whether it works on the target."""


class VersionDocument(TypedDict):
    """A version of the project."""

    version: str
    """The version."""
    sdist: str | None
    """The file name of its source, if it has any."""
    requires_python: str | None
    """The Python versions that it asks for, if it does."""
    wheels: list[WheelDocument]
    """Its wheels."""


class WheelsDocument(TypedDict):
    """Which wheels exist: `buildfix wheels REQUIREMENT --json`."""

    schema: Literal["buildfix.wheels/1"]
    """The name of this schema."""
    requirement: str
    """What was asked for."""
    version: str | None
    """The version that the requirement leads to."""
    target: WheelTargetDocument
    """What wheels are looked for."""
    served: bool
    """Whether a wheel works on the target."""
    taken: str | None
    """The file that would be installed or built."""
    best: str | None
    """The wheel that fits best."""
    reasons: list[WheelReasonDocument]
    """Why no wheel is used."""
    roads: list[AvoidanceDocument]
    """Ways to avoid the build."""
    versions: list[VersionDocument]
    """The versions, the newest first."""


class RecipesDocument(TypedDict):
    """The loaded recipes: `buildfix recipes list --json`."""

    schema: Literal["buildfix.recipes/1"]
    """The name of this schema."""
    systems: dict[str, str]
    """Systems by their id, with titles."""
    capabilities: dict[str, str]
    """Capabilities by their id, with titles."""
    causes: dict[str, str]
    """Causes by their name, with kinds."""
    projects: dict[str, str]
    """Projects by their name, with the source of the knowledge."""


DOCUMENTS = (
    DiagnosisDocument,
    ErrorDocument,
    HistoryDocument,
    HostDocument,
    PlanDocument,
    RecipesDocument,
    ReportDocument,
    WheelsDocument,
)
"""Every document; each has its schema's name in `schema`."""
