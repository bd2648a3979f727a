"""The CUDA recipe: wheels that form a toolkit, what nvcc accepts, NVIDIA's packages."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import field
from fnmatch import fnmatchcase

from packaging.specifiers import SpecifierSet
from packaging.version import InvalidVersion, Version

from buildfix.catalog.stored import Problem, stored
from buildfix.core import Host
from buildfix.core.light_dataclass import dataclass

_SHA256 = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True)
class _Headers:
    part: str
    names: tuple[str, ...] = ()


def _pairs(headers: Iterable[_Headers]) -> tuple[tuple[str, tuple[str, ...]], ...]:
    return tuple((one.part, one.names) for one in headers)


@dataclass(frozen=True)
class Wheels:
    """The wheels that form a toolkit of one major version."""

    major: str
    newest: str
    """The newest known version."""
    distribution: str
    folder: str
    """The folder with the toolkit, below site-packages."""
    system: str
    parts: tuple[str, ...] = ()
    """The extras that a compiler needs."""
    machines: tuple[str, ...] = ()
    headers: tuple[tuple[str, tuple[str, ...]], ...] = field(
        default=(), metadata=stored(None, tuple[_Headers, ...], _pairs)
    )
    """Further parts, each with the names of the headers (as globs) that want it."""

    def are_for(self, host: Host) -> bool:
        """Return whether they run on a host; they are built against glibc."""
        return (
            host.system == self.system
            and host.arch.lower() in self.machines
            and "musl" not in host.libc
        )

    def parts_for(self, subject: str) -> tuple[str, ...]:
        """Return the parts that a compiler needs, and the part with an included header."""
        more = (part for part, globs in self.headers if any(fnmatchcase(subject, g) for g in globs))
        return (*self.parts, *more)


@dataclass(frozen=True)
class Repository:
    """One of NVIDIA's package repositories."""

    manager: str
    home: str
    """CUDA_HOME of its packages, with `{version}`."""
    url: str = ""
    """What to download to enable it; empty if its commands do that themselves."""
    commands: tuple[tuple[str, ...], ...] = ()
    install: tuple[str, ...] = ()
    names: Mapping[str, str] = field(default_factory=dict)
    """NVIDIA's names for systems (`ID:VERSION_ID`)."""
    architectures: Mapping[str, str] = field(default_factory=dict)
    majors: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """The major versions of CUDA that it has, by that name."""
    releases: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """The same for minor versions, as far as they are known."""
    sha256: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for name in self.names.values() if self.url else ():
            if not _SHA256.fullmatch(self.sha256.get(name, "")):
                raise Problem(f"needs 64 hexadecimal digits for {name}", "sha256")


@dataclass(frozen=True)
class Compilers:
    """Packages of C++ compilers of other versions than the system's default."""

    package: str
    program: str
    versions: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """By `ID:VERSION_ID`, or `ID` if the system has no releases."""


@dataclass(frozen=True)
class LibraryBuild:
    """One of the builds in which a library is published, each on an index of its own."""

    name: str
    """Its name in the index's address and in local versions: `cu124`."""
    cuda: str = ""
    """Empty if it is built without CUDA."""
    last: str = ""
    """Its last release; empty if it is still published."""
    cxx11_abi: str = ""
    """Its first release with the C++11 ABI."""
    gpus: SpecifierSet = field(default=SpecifierSet(), metadata=stored(None, str, SpecifierSet))
    """The compute capabilities that it has kernels for."""

    def has_cxx11_abi(self, release: str) -> bool:
        """Return whether a release of it uses the C++11 ABI."""
        return bool(self.cxx11_abi) and Version(release) >= Version(self.cxx11_abi)

    def runs_on(self, capabilities: Iterable[str]) -> bool:
        """Return whether it has kernels for all these GPUs."""
        return all(self.gpus.contains(one) for one in capabilities)


@dataclass(frozen=True)
class Library:
    """A library that is built with CUDA, and how to find out with which version."""

    name: str
    file: str = ""
    """The file below site-packages that says so; empty if its wheels' names do."""
    version: re.Pattern[str] | None = None
    cuda: re.Pattern[str] | None = None
    """Matches the CUDA version in the file, as group `version`."""
    distribution: re.Pattern[str] | None = None
    """Matches the installed name of such a wheel; group `cuda` is the major version."""
    runtime: tuple[str, ...] = ()
    """Distributions (as globs) that it requires in the version of its CUDA."""
    index: str = ""
    """The index of each of its builds, with `{build}`."""
    builds: tuple[LibraryBuild, ...] = ()

    def __post_init__(self) -> None:
        for key, pattern, group in (
            ("version", self.version, "version"),
            ("cuda", self.cuda, "version"),
            ("distribution", self.distribution, "cuda"),
        ):
            if pattern and group not in pattern.groupindex:
                raise Problem(f"has no group `{group}`", key)
        by_file = bool(self.file and self.version and self.cuda)
        if by_file == bool(self.distribution):
            raise Problem("needs either `file`, `version` and `cuda`, or `distribution`", "name")

    def runtime_in(self, versions: Mapping[str, str]) -> str:
        """Return the version of its CUDA from the versions of its dependencies; "" if none."""
        found = (
            versions[name] for one in self.runtime for name in versions if fnmatchcase(name, one)
        )
        return next(found, "")


@dataclass(frozen=True)
class CudaRecipe:
    """Everything known about CUDA that a host does not say itself."""

    source: str
    host_compiler: str = field(metadata=stored("variables/host-compiler"))
    host_compiler_since: str = field(metadata=stored("variables/host-compiler-since"))
    include: tuple[str, ...] = ()
    places: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Where toolkits are, as globs, by name of the system in sys.platform."""
    homes: Mapping[str, str] = field(default_factory=dict)
    """CUDA_HOME of what a system's own package installs."""
    drivers: Mapping[str, str] = field(default_factory=dict)
    """The oldest driver that supports a major version."""
    newest: Mapping[str, str] = field(default_factory=dict)
    """The newest CUDA that a driver supports, from this driver on."""
    nvcc: Mapping[str, str] = field(default_factory=dict)
    """The versions of CUDA that compile for a GPU, by its compute capability."""
    gcc: Mapping[str, str] = field(default_factory=dict)
    """The newest GCC that nvcc supports, from a CUDA version on."""
    architectures: Mapping[str, str] = field(default_factory=dict)
    """Variables for the GPUs to build for, each with the format of a compute capability."""
    libraries: tuple[Library, ...] = field(default=(), metadata=stored("library"))
    wheels: tuple[Wheels, ...] = ()
    repositories: tuple[Repository, ...] = field(default=(), metadata=stored("repository"))
    compilers: tuple[Compilers, ...] = field(default=(), metadata=stored("compiler"))

    def newest_cuda(self, driver: str) -> str:
        """Return the newest CUDA that a driver supports; empty if nothing is known against any."""
        try:
            there = Version(driver)
        except InvalidVersion:
            return ""
        known = sorted(self.newest, key=Version)
        older = [one for one in known if Version(one) <= there]
        return self.newest[older[-1]] if older and older != known else ""

    def compiling_for(self, capabilities: Iterable[str]) -> str:
        """Return which versions of CUDA compile for all these GPUs; empty if any known one does."""
        return ",".join(filter(None, (self.nvcc.get(one, "") for one in capabilities)))

    def newest_gcc(self, version: str) -> int | None:
        """Return the newest GCC that nvcc of this version supports; None if unknown."""
        mine = [since for since in self.gcc if Version(since) <= Version(version)]
        return int(self.gcc[max(mine, key=Version)]) if mine else None


def names_of(host: Host) -> tuple[str, ...]:
    """Return the recipe's names for a host: with its release, its major release, and without."""
    whole, major = host.version, host.version.partition(".")[0]
    systems = (host.id, *host.id_like)
    return tuple(f"{one}:{version}" for one in systems for version in (whole, major)) + systems
