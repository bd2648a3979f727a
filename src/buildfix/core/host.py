"""The facts about a machine and its target interpreter."""

from __future__ import annotations

from dataclasses import field, replace
from pathlib import PurePosixPath, PureWindowsPath
from typing import Literal

from buildfix.core.light_dataclass import dataclass
from buildfix.core.request import FetchOptions

Privilege = Literal["root", "sudo", "sudo-password", "none"]
Variables = tuple[tuple[str, str], ...]
"""Environment variables with their values."""


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
    """Whether the system's package manager owns it (PEP 668); False in a virtual environment."""
    pip: str | None
    """The version of its pip; None if it has none."""
    can_make_venv: bool
    conda: bool = False
    """Whether it belongs to a conda environment."""
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
    """The Rust toolchain of a machine, and the home folders of rustup and Cargo."""

    version: str = ""
    """The version of the newest rustc with a cargo beside it; empty if there is none."""
    folder: str = ""
    """The folder of that rustc if it is not on PATH."""
    rustup: str = ""
    """The path of rustup; empty if there is none."""
    cargo_home: str = ""
    homes: Variables = ()
    """CARGO_HOME and RUSTUP_HOME, if the environment sets them."""
    nightly: bool = False
    """Whether that rustc is a nightly one, which has unstable features."""
    bootstrap: bool = False
    """Whether the environment sets RUSTC_BOOTSTRAP: any rustc has unstable features then."""


@dataclass(frozen=True)
class Toolkit:
    """A CUDA toolkit: the folder that CUDA_HOME would be, and its nvcc's version."""

    home: str
    version: str
    newest_gcc: int = 0
    """The newest GCC that its headers accept; 0 if they do not say."""


@dataclass(frozen=True)
class GpuLibrary:
    """torch, cupy or jax in the target, and the CUDA that it was built with; empty: none."""

    name: str
    version: str
    cuda: str


@dataclass(frozen=True)
class Cuda:
    """What a machine and its target interpreter have for CUDA."""

    toolkits: tuple[Toolkit, ...] = ()
    """In the order in which builds find them."""
    driver: str = ""
    """The driver's version; empty if there is none."""
    architectures: tuple[str, ...] = ()
    """Compute capabilities of the GPUs, for example `9.0`."""
    libraries: tuple[GpuLibrary, ...] = ()
    wheels: str = ""
    """The version of the distribution cuda-toolkit in the target."""
    compilers: tuple[tuple[int, str], ...] = ()
    """Each with its major version; first the default one (gcc) that nvcc uses."""
    told: Variables = ()
    """The user's own variables for CUDA builds."""

    @property
    def torch(self) -> GpuLibrary | None:
        """The torch in the target, which most GPU extensions are built against."""
        return next((one for one in self.libraries if one.name == "torch"), None)

    def with_torch(self, torch: GpuLibrary) -> Cuda:
        """Return the same with another torch in the target."""
        others = (one for one in self.libraries if one.name != torch.name)
        return replace(self, libraries=(torch, *others))


@dataclass(frozen=True)
class Host:
    """The facts about a machine that plans depend on, gathered once."""

    system: str
    """The name of the system in sys.platform: linux, darwin, win32."""
    id: str
    """`ID` of /etc/os-release (os-release(5)), or the system's name."""
    id_like: tuple[str, ...]
    version: str
    """`VERSION_ID` of /etc/os-release; empty if there is none (sid)."""
    codename: str
    title: str
    arch: str
    libc: str
    privilege: Privilege
    cores: int
    memory_total: int | None
    memory_available: int | None
    read_only: bool = False
    """Whether packages cannot be installed into the system: its files are mounted read-only."""
    commands: frozenset[str] = frozenset()
    """Names of the programs on PATH."""
    packages: frozenset[str] = frozenset()
    """Names of the packages installed by the system's package manager."""
    data_folder: str = ""
    """Where buildfix may store this user's data; empty if it must not."""
    lists_fresh: bool = True
    """Whether the package manager's lists exist and are recent."""
    interrupted: bool = False
    """Whether the package manager was interrupted and must finish that first."""
    setups: frozenset[str] = frozenset()
    """Names of the recipe's setups that are installed (Xcode's tools, Visual Studio)."""
    rust: Rust = Rust()
    cuda: Cuda = Cuda()
    build_path: tuple[str, ...] = ()
    """Folders that builds search for programs before PATH, from previous steps."""
    interpreter: Interpreter | None = None
    fetch: FetchOptions = field(default_factory=FetchOptions)
    """How to install distributions by name in this run; not a fact about the machine."""

    @property
    def release_id(self) -> str:
        """The system and its release, as `--os` names them: `debian:13`."""
        return ":".join(filter(None, (self.id, self.version)))

    @property
    def python(self) -> str:
        """The target interpreter's path, or the command that starts one if unknown."""
        return self.interpreter.path if self.interpreter else "python3"

    def joined(self, *parts: str) -> str:
        """Return a path in this host's notation, whatever system buildfix runs on."""
        kind = PureWindowsPath if self.system == "win32" else PurePosixPath
        return str(kind(*filter(None, parts)))

    def with_interpreter(self, interpreter: Interpreter) -> Host:
        """Return this host with another target interpreter."""
        return replace(self, interpreter=interpreter)
