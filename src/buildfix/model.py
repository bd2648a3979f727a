"""The types that carry the data: what was asked, what is there, what is missing, what to do.

Frozen, and with no behaviour beyond what their own fields answer. Sizes are bytes, times are
seconds. Every floor above imports these; this module imports nothing of buildfix.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Literal

Installer = Literal["pip", "uv"]
Phase = Literal["resolve", "build-requires", "metadata", "build", "install", "import"]
Privilege = Literal["root", "sudo", "sudo-password", "none"]
StepKind = Literal["packages", "environment", "command", "installer", "manual"]
Outcome = Literal["installed", "unfixed", "person-needed", "interrupted"]
Weight = Literal["certain", "likely", "hint"]
Variables = tuple[tuple[str, str], ...]
"""Environment variables, each with its value."""

CAUSE_KINDS = frozenset(
    {
        "compiler-missing",
        "compiler-too-old",
        "compiler-too-new",
        "python-headers-missing",
        "header-missing",
        "library-missing",
        "pkgconfig-missing",
        "cmake-package-missing",
        "tool-missing",
        "tool-too-old",
        "tool-too-new",
        "library-too-old",
        "library-too-new",
        "dependency-missing",
        "python-module-missing",
        "backend-missing",
        "build-requirement-incompatible",
        "python-unsupported",
        "cuda-missing",
        "cuda-mismatch",
        "out-of-memory",
        "disk-full",
        "network",
        "certificate",
        "permission",
        "externally-managed",
        "no-distribution",
        "platform-unsupported",
        "abi-mismatch",
        "runtime-library-missing",
        "source-error",
        "unknown",
    }
)
"""The kinds of cause, as the contract lists them."""


@dataclass(frozen=True)
class Request:
    """What the user asked for."""

    requirements: tuple[str, ...] = ()
    """Requirement specifiers, paths and URLs, as given."""
    requirement_files: tuple[str, ...] = ()
    editables: tuple[str, ...] = ()
    python: str | None = None
    """The interpreter to install into; None: found by the rules of the contract."""
    from_source: bool = False
    installer: Installer = "pip"
    installer_args: tuple[str, ...] = ()
    """Passed to the installer untouched."""
    jobs: int | None = None
    """Compile jobs at once; None: as many as cores and free memory bear."""
    unattended: bool = False
    complete: bool = False
    """Bring also what builds make use of and do without."""
    max_rounds: int = 12
    """Failed builds before giving up."""
    wheelhouse: str | None = None
    """A folder where built wheels are kept and looked for first."""
    allow_version_change: bool = False
    """Unattended, another version than asked for may be taken where nothing else serves."""
    clean: bool = False
    """After success, take away what this run installed and what was built does not need to run."""

    @property
    def words(self) -> tuple[str, ...]:
        """All that was asked, as one would say it to pip."""
        return (
            *(word for path in self.requirement_files for word in ("-r", path)),
            *(word for path in self.editables for word in ("-e", path)),
            *self.requirements,
        )


@dataclass(frozen=True)
class Interpreter:
    """The target interpreter, as it describes itself."""

    path: str
    version: str
    """For example `3.13.5`."""
    implementation: str
    prefix: str
    base_prefix: str
    include: str
    """The folder where `Python.h` would be."""
    has_headers: bool
    externally_managed: bool
    """PEP 668: the system's package manager owns it, and it is no virtual environment."""
    pip: str | None
    """pip's version in it, None where there is no pip."""
    can_make_venv: bool
    conda: bool = False
    """It belongs to a conda environment."""
    platlib: str = ""
    """Its site-packages, where wheels with programs go."""
    site: tuple[str, ...] = ()
    """The folders of its site-packages."""

    @property
    def release(self) -> str:
        """Major and minor version, for example `3.13`."""
        return ".".join(self.version.split(".")[:2])


@dataclass(frozen=True)
class Rust:
    """The Rust toolchain of a machine, and where rustup and Cargo are at home there."""

    version: str = ""
    """Of the newest rustc that has a cargo beside it; empty where there is none."""
    folder: str = ""
    """Where that rustc is, if PATH does not lead there."""
    rustup: str = ""
    """Where rustup is; empty where there is none."""
    cargo_home: str = ""
    homes: Variables = ()
    """CARGO_HOME and RUSTUP_HOME, as far as the environment sets them."""


@dataclass(frozen=True)
class Toolkit:
    """A CUDA toolkit: the folder that CUDA_HOME would be, and its nvcc's version."""

    home: str
    version: str
    newest_gcc: int = 0
    """The newest GCC that its own headers accept; 0 where they do not say."""


@dataclass(frozen=True)
class GpuLibrary:
    """torch, cupy or jax in the target, and the CUDA it was built with; empty: none."""

    name: str
    version: str
    cuda: str


@dataclass(frozen=True)
class Cuda:
    """What a machine and its target interpreter have of CUDA."""

    toolkits: tuple[Toolkit, ...] = ()
    """In the order in which builds would find them."""
    driver: str = ""
    """The driver's version; empty where there is none."""
    architectures: tuple[str, ...] = ()
    """Compute capabilities of the GPUs, for example `9.0`."""
    libraries: tuple[GpuLibrary, ...] = ()
    wheels: str = ""
    """Version of the distribution cuda-toolkit in the target."""
    compilers: tuple[tuple[int, str], ...] = ()
    """Each with its major version; the one that nvcc takes unless it is told, gcc, comes first."""
    told: Variables = ()
    """What the user's own variables say."""

    @property
    def torch(self) -> GpuLibrary | None:
        """The torch in the target, against which most extensions for GPUs are built."""
        return next((one for one in self.libraries if one.name == "torch"), None)


@dataclass(frozen=True)
class Host:
    """The facts about a machine that plans depend on, gathered once."""

    system: str
    """sys.platform's word: linux, darwin, win32."""
    id: str
    """`ID` of /etc/os-release (os-release(5)), or the system's word."""
    id_like: tuple[str, ...]
    version: str
    """`VERSION_ID` of /etc/os-release, empty where there is none (sid)."""
    codename: str
    title: str
    arch: str
    libc: str
    privilege: Privilege
    cores: int
    memory_total: int | None
    memory_available: int | None
    commands: frozenset[str] = frozenset()
    """Names of the programs on PATH."""
    packages: frozenset[str] = frozenset()
    """Names of the packages that the system's manager has installed."""
    data_folder: str = ""
    """Where buildfix may keep what belongs to this user; empty where it must not."""
    lists_fresh: bool = True
    """Whether the package manager's lists are there and not old."""
    interrupted: bool = False
    """Whether the package manager was interrupted at its work, which it wants finished first."""
    setups: frozenset[str] = frozenset()
    """Names of the recipe's setups that are there (Xcode's tools, Visual Studio)."""
    rust: Rust = Rust()
    cuda: Cuda = Cuda()
    build_path: tuple[str, ...] = ()
    """Folders that builds search for programs before PATH, by what was done so far."""
    interpreter: Interpreter | None = None

    def with_interpreter(self, interpreter: Interpreter) -> Host:
        """Return this host with another target interpreter."""
        return replace(self, interpreter=interpreter)


@dataclass(frozen=True)
class Need:
    """One thing that must be present: `header ffi.h`, `capability dep:generic/libffi`."""

    kind: str
    subject: str
    required: str | None = None
    newest: bool = False
    """Whether it may have to be newer than `required`, as cannot be known before the build."""

    def __str__(self) -> str:
        return " ".join(filter(None, (self.kind, self.subject, self.required)))


@dataclass(frozen=True)
class Cause:
    """Why a build failed, and the line that says so."""

    kind: str
    subject: str
    line: int
    """Counted from 1 in the log as given."""
    text: str
    """That line without its margin."""
    required: str | None = None
    recipe: str = ""
    """The name of the pattern that found it."""

    @property
    def identity(self) -> tuple[str, str]:
        """What makes two causes the same one, wherever they stand."""
        return (self.kind, self.subject)

    def __str__(self) -> str:
        return self.kind if self.subject == "-" else f"{self.kind}: {self.subject}"


@dataclass(frozen=True)
class Diagnosis:
    """What a log says: the first cause, the further ones, the project and the phase."""

    failed: bool
    project: str | None = None
    phase: Phase | None = None
    cause: Cause | None = None
    also: tuple[Cause, ...] = ()
    excerpt: tuple[tuple[int, str], ...] = ()
    """Line numbers and lines around the cause that matter."""
    says: str = ""
    """The cause in a sentence that a person understands."""
    advice: str = ""
    """What a person can do about it, where buildfix can do nothing."""
    never: tuple[str, ...] = ()
    """Dead ends: what people try for it and what never helps."""

    @property
    def causes(self) -> tuple[Cause, ...]:
        """The first cause and the further ones."""
        return (self.cause, *self.also) if self.cause else self.also

    @property
    def known(self) -> bool:
        """Whether a cause was recognised."""
        return self.cause is not None and self.cause.kind != "unknown"


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
    env: tuple[tuple[str, str], ...] = ()
    """Variables that the command is run with."""
    privileged: bool = False
    manager: str | None = None
    packages: tuple[str, ...] = ()
    variables: tuple[tuple[str, str], ...] = ()
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
    undo: tuple[str, ...] = ()
    """The command that takes away again what this step brings."""
    undo_if_new: tuple[str, ...] = ()
    """Folders of which none may have been there before the step for `undo` to be right."""
    removes: tuple[str, ...] = ()
    """Packages that this step takes away."""
    afterwards: bool = False
    """It is taken once the import is proven."""


@dataclass(frozen=True)
class Command:
    """An argument vector and the variables that it is run with beside the inherited ones."""

    argv: tuple[str, ...]
    env: tuple[tuple[str, str], ...] = ()
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


@dataclass(frozen=True)
class Attempt:
    """One run of the installer and what became of it."""

    command: Command
    log: str
    returncode: int
    seconds: float
    peak_rss: int | None
    """Bytes of memory of the whole process tree at its highest; None where it cannot be seen."""
    diagnosis: Diagnosis | None = None


@dataclass(frozen=True)
class Proof:
    """What shows that one distribution is installed and works."""

    distribution: str
    version: str | None
    wheel: str | None
    modules: tuple[str, ...] = ()
    programs: tuple[str, ...] = ()
    compiled: bool = False
    """Whether any file of it is compiled: a module, a library, a program."""


@dataclass(frozen=True)
class Degraded:
    """An optional part that a build left out without a word, and what would bring it."""

    distribution: str
    missing: str
    """What is not there, in words."""
    packages: tuple[str, ...] = ()
    """The system's packages that would bring it; empty where none is known."""


@dataclass(frozen=True)
class Timing:
    """Seconds spent in each part of the work."""

    total: float = 0.0
    foresee: float = 0.0
    apply: float = 0.0
    install: float = 0.0
    verify: float = 0.0


@dataclass(frozen=True)
class Report:
    """The whole story, and all that a front end or a script needs."""

    outcome: Outcome
    requirements: tuple[str, ...]
    attempts: tuple[Attempt, ...] = ()
    applied: tuple[Step, ...] = ()
    proofs: tuple[Proof, ...] = ()
    degraded: tuple[Degraded, ...] = ()
    reason: str = ""
    """Why it ended so, in a line; empty where it is installed."""
    todo: tuple[Step, ...] = ()
    """What a person would have to do, where one is needed."""
    interpreter: str = ""
    kept: tuple[str, ...] = ()
    """The wheels that were put into the wheelhouse."""
    timing: Timing = field(default_factory=Timing)

    @property
    def diagnosis(self) -> Diagnosis | None:
        """The diagnosis of the last attempt."""
        return self.attempts[-1].diagnosis if self.attempts else None
