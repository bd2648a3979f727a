"""What a recipe says of CUDA: wheels that make a toolkit, what nvcc accepts, NVIDIA's packages."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase

from packaging.version import Version

from buildfix.catalog.table import Table, compile_pattern
from buildfix.core import Host

_SHA256 = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True)
class Wheels:
    """The wheels that make a toolkit of one major version."""

    major: str
    newest: str
    """The newest version that was seen."""
    distribution: str
    parts: tuple[str, ...]
    """The extras of it that a compiler needs."""
    folder: str
    """Where they put the toolkit, below site-packages."""
    system: str
    machines: tuple[str, ...]
    headers: tuple[tuple[str, tuple[str, ...]], ...]
    """Further parts, each with the names of the headers (as globs) that want it."""

    @classmethod
    def read(cls, table: Table) -> Wheels:
        """Take the wheels from their table; raises RecipeError."""
        wheels = cls(
            major=table.text("major"),
            newest=table.text("newest"),
            distribution=table.text("distribution"),
            parts=table.texts("parts"),
            folder=table.text("folder"),
            system=table.text("system"),
            machines=table.texts("machines"),
            headers=tuple(map(_header, table.tables("headers"))),
        )
        table.done()
        return wheels

    def are_for(self, host: Host) -> bool:
        """Say whether they are made for a host; they are built against glibc."""
        return (
            host.system == self.system
            and host.arch.lower() in self.machines
            and "musl" not in host.libc
        )

    def parts_for(self, subject: str) -> tuple[str, ...]:
        """Return the parts that a compiler needs, and the one with what a source includes."""
        more = (part for part, globs in self.headers if any(fnmatchcase(subject, g) for g in globs))
        return (*self.parts, *more)


@dataclass(frozen=True)
class Repository:
    """One of NVIDIA's package repositories."""

    manager: str
    url: str
    """What is fetched to make it known; empty where its commands do that themselves."""
    commands: tuple[tuple[str, ...], ...]
    install: tuple[str, ...]
    home: str
    """CUDA_HOME of what comes from there, with `{major}`."""
    names: Mapping[str, str]
    """What NVIDIA calls a system (`ID:VERSION_ID`)."""
    architectures: Mapping[str, str]
    majors: Mapping[str, tuple[str, ...]]
    """The major versions of CUDA that are there, by that name."""
    sha256: Mapping[str, str]

    @classmethod
    def read(cls, table: Table) -> Repository:
        """Take a repository from its table; raises RecipeError."""
        majors = table.table("majors")
        sha256 = table.text_map("sha256")
        repository = cls(
            manager=table.text("manager"),
            url=table.text("url", ""),
            commands=table.text_lists("commands"),
            install=table.texts("install"),
            home=table.text("home"),
            names=table.text_map("names"),
            architectures=table.text_map("architectures"),
            majors={name: majors.texts(name) for name in tuple(majors)},
            sha256=sha256,
        )
        for name in repository.names.values() if repository.url else ():
            if not _SHA256.fullmatch(sha256.get(name, "")):
                raise table.error("sha256", f"needs 64 hexadecimal digits for {name}")
        table.done()
        return repository


@dataclass(frozen=True)
class Compilers:
    """Packages of C++ compilers of other versions than a system's usual one."""

    package: str
    program: str
    versions: Mapping[str, tuple[str, ...]]
    """By `ID:VERSION_ID`, or `ID` where there are no releases."""

    @classmethod
    def read(cls, table: Table) -> Compilers:
        """Take them from their table; raises RecipeError."""
        versions = table.table("versions")
        compilers = cls(
            package=table.text("package"),
            program=table.text("program"),
            versions={name: versions.texts(name) for name in tuple(versions)},
        )
        table.done()
        return compilers


@dataclass(frozen=True)
class Library:
    """A library that is built with CUDA, and what tells with which."""

    name: str
    file: str
    """The file below site-packages that says so; empty where the names of its wheels do."""
    version: re.Pattern[str] | None
    cuda: re.Pattern[str] | None
    """What the file says; the group `version` of each."""
    distribution: re.Pattern[str] | None
    """The name of such a wheel as it is installed; its group `cuda` is the major version."""
    runtime: tuple[str, ...]
    """Distributions (as globs) that it requires in the version of its CUDA."""

    @classmethod
    def read(cls, table: Table) -> Library:
        """Take a library from its table; raises RecipeError."""
        library = cls(
            name=table.text("name"),
            file=table.text("file", ""),
            version=_pattern(table, "version", "version"),
            cuda=_pattern(table, "cuda", "version"),
            distribution=_pattern(table, "distribution", "cuda"),
            runtime=table.texts("runtime"),
        )
        by_file = bool(library.file and library.version and library.cuda)
        if by_file == bool(library.distribution):
            raise table.error("name", "is told by `file`, `version`, `cuda` or by `distribution`")
        table.done()
        return library

    def runtime_in(self, versions: Mapping[str, str]) -> str:
        """Return the version of its CUDA, by the versions of what comes with it; "" if none."""
        found = (
            versions[name] for one in self.runtime for name in versions if fnmatchcase(name, one)
        )
        return next(found, "")


@dataclass(frozen=True)
class CudaRecipe:
    """All that is known of CUDA beside what a host itself tells."""

    source: str
    include: tuple[str, ...]
    places: Mapping[str, tuple[str, ...]]
    """Where toolkits stand, as globs, by sys.platform's word."""
    homes: Mapping[str, str]
    """CUDA_HOME of what a system's own package installs."""
    drivers: Mapping[str, str]
    """The oldest driver that runs programs of a major version."""
    gcc: Mapping[str, str]
    """The newest GCC that nvcc takes, from a version of CUDA on."""
    architectures: Mapping[str, str]
    """Variables that say for which GPUs to build, each with the form of a compute capability."""
    host_compiler: str
    host_compiler_since: str
    libraries: tuple[Library, ...]
    wheels: tuple[Wheels, ...]
    repositories: tuple[Repository, ...]
    compilers: tuple[Compilers, ...]

    @classmethod
    def read(cls, table: Table) -> CudaRecipe:
        """Take it from its file's table; raises RecipeError."""
        variables, places = table.table("variables"), table.table("places")
        recipe = cls(
            source=table.text("source"),
            include=table.texts("include"),
            places={name: places.texts(name) for name in tuple(places)},
            homes=table.text_map("homes"),
            drivers=table.text_map("drivers"),
            gcc=table.text_map("gcc"),
            architectures=table.text_map("architectures"),
            host_compiler=variables.text("host-compiler"),
            host_compiler_since=variables.text("host-compiler-since"),
            libraries=tuple(map(Library.read, table.tables("library"))),
            wheels=tuple(map(Wheels.read, table.tables("wheels"))),
            repositories=tuple(map(Repository.read, table.tables("repository"))),
            compilers=tuple(map(Compilers.read, table.tables("compiler"))),
        )
        variables.done()
        return recipe

    def newest_gcc(self, version: str) -> int | None:
        """Return the newest GCC that nvcc of this version takes, None where that is not known."""
        mine = [since for since in self.gcc if Version(since) <= Version(version)]
        return int(self.gcc[max(mine, key=Version)]) if mine else None


def names_of(host: Host) -> tuple[str, ...]:
    """Return how the recipe may call a host's system: with its release, its major one, without."""
    whole, major = host.version, host.version.partition(".")[0]
    systems = (host.id, *host.id_like)
    return tuple(f"{one}:{version}" for one in systems for version in (whole, major)) + systems


def _pattern(table: Table, key: str, group: str) -> re.Pattern[str] | None:
    """Take a pattern with a group that tells; None where it is absent; raises RecipeError."""
    text = table.optional_text(key)
    pattern = compile_pattern(table, key, f"(?m){text}") if text else None
    if pattern and group not in pattern.groupindex:
        raise table.error(key, f"has no group `{group}`")
    return pattern


def _header(table: Table) -> tuple[str, tuple[str, ...]]:
    entry = table.text("part"), table.texts("names")
    table.done()
    return entry
