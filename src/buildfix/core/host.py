"""What a machine and its target interpreter are and have."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import PurePosixPath, PureWindowsPath
from typing import Literal

from buildfix.core.request import FetchOptions

Privilege = Literal["root", "sudo", "sudo-password", "none"]
Variables = tuple[tuple[str, str], ...]
"""Environment variables, each with its value."""


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
    fetch: FetchOptions = field(default_factory=FetchOptions)
    """How distributions get into the target in this run; no fact of the machine."""

    @property
    def python(self) -> str:
        """The target interpreter's path; where none is known, the name that leads to one."""
        return self.interpreter.path if self.interpreter else "python3"

    def joined(self, *parts: str) -> str:
        """Return a path as this host writes it, whatever system buildfix runs on."""
        kind = PureWindowsPath if self.system == "win32" else PurePosixPath
        return str(kind(*filter(None, parts)))

    def with_interpreter(self, interpreter: Interpreter) -> Host:
        """Return this host with another target interpreter."""
        return replace(self, interpreter=interpreter)
