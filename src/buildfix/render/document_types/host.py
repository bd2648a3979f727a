"""The types of documents: what a host is."""

from __future__ import annotations

import sys
from typing import Any, Literal, TypedDict

if sys.version_info >= (3, 11):
    from typing import NotRequired
else:
    from typing_extensions import NotRequired

from buildfix.core import Privilege


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
    nightly: bool
    """Whether that rustc is a nightly one, which has unstable features."""
    bootstrap: bool
    """Whether the environment sets RUSTC_BOOTSTRAP: any rustc has unstable features then."""


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
