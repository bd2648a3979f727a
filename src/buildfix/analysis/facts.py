"""What the recipes say about build files: what is always there, and what PyPI and crates bring."""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass, field, fields, replace
from fnmatch import fnmatchcase
from functools import cached_property
from pathlib import Path

from packaging.utils import canonicalize_name
from packaging.version import Version

from buildfix.catalog import Knowledge
from buildfix.catalog.stored import stored
from buildfix.catalog.structure import read_file
from buildfix.index.files import version_of


@dataclass(frozen=True)
class Distribution:
    """What a distribution from PyPI brings into the build's own environment."""

    name: str
    commands: tuple[str, ...] = ()
    headers: tuple[str, ...] = ()
    modules: tuple[str, ...] = ()
    """pkg-config modules and CMake packages."""
    imports: tuple[str, ...] = ()
    """Python's modules of other names than its own."""
    dropped: Mapping[str, str] = field(default_factory=dict)
    """Modules that its newest versions lack, each with those that have it."""


@dataclass(frozen=True)
class Crate:
    """What a crate's build script looks for."""

    name: str
    needs: tuple[str, ...] = ()
    """As `kind:subject` of a cause."""
    bundled: tuple[str, ...] = ()
    """Features with which it builds its own copy; `*` where it does so anyway."""
    features: tuple[str, ...] = ()
    """Those without which it needs nothing; none if it always does."""
    tools: tuple[str, ...] = ()
    systems: tuple[str, ...] = ()
    rust: Mapping[str, str] = field(default_factory=dict)
    """The first Rust that builds it, by the crate's version from which on that holds."""
    python: Mapping[str, str] = field(default_factory=dict)
    """The newest CPython that it builds for, by the crate's version from which on that holds."""
    any_python: tuple[str, ...] = field(default=(), metadata=stored("any-python"))
    """Features, or settings of the environment, with which it builds for a newer one."""

    def rust_of(self, version: str) -> str | None:
        """Return the first Rust that builds a version of it, None where that is not known."""
        return _held_for(self.rust, version)

    def newest_python(self, version: str) -> str | None:
        """Return the newest CPython that a version builds for, None where that is not known."""
        return _held_for(self.python, version)


def _held_for(since: Mapping[str, str], version: str) -> str | None:
    """Return what holds for a version, of what holds from certain versions on."""
    asked = version_of(version)
    known = ((Version(first), held) for first, held in since.items())
    return max((one for one in known if asked and one[0] <= asked), default=(None, None))[1]


@dataclass(frozen=True)
class PythonFacts:
    """What a version of Python ended."""

    removed: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Modules of the standard library, by the first Python without them."""
    keywords: Mapping[str, str] = field(default_factory=dict)
    """Arguments of setup(), by name: the first Python that nothing works on which knows them."""
    cython: Mapping[str, str] = field(default_factory=dict)
    """The least Cython whose C code a Python compiles."""
    removed_c: Mapping[str, tuple[str, ...]] = field(
        default_factory=dict, metadata=stored("removed-c")
    )
    """Names of the C API, by the first Python without them."""
    replacements: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Distributions that contain a removed module under its old name, by module."""
    guards: tuple[str, ...] = ()
    """Expressions that tell the version of Python, and nothing else."""
    system_guards: tuple[str, ...] = field(default=(), metadata=stored("system-guards"))
    """Expressions that tell the system or its architecture, and nothing else."""

    def since_when_removed(self, module: str) -> str | None:
        """Return the first Python without a module; None if all have it, or none."""
        return next((since for since, names in self.removed.items() if module in names), None)


@dataclass(frozen=True)
class Facts:
    """All that the recipes say about build files."""

    libraries: frozenset[str] = frozenset()
    of_libc: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Libraries that the C library of that name includes."""
    headers: frozenset[str] = frozenset()
    header_globs: tuple[str, ...] = ()
    meson: frozenset[str] = frozenset()
    cmake: frozenset[str] = frozenset()
    lacking: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Which of `meson` and `cmake` a system's own compiler lacks."""
    distributions: Mapping[str, Distribution] = field(default_factory=dict)
    backends: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    crates: Mapping[str, Crate] = field(default_factory=dict)
    programs_there: frozenset[str] = frozenset()
    """Programs of every machine with a compiler."""
    programs_building: frozenset[str] = frozenset()
    """Programs that shell scripts build with."""
    programs_elsewhere: frozenset[str] = frozenset()
    """Programs that no build needs here."""
    macros: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Macros that compilers define, by what they stand for."""
    versions: Mapping[str, str] = field(default_factory=dict)
    """Versions of what would build, as build files are shown them."""
    suffixes: Mapping[str, str] = field(default_factory=dict)
    """Languages by the suffixes of their sources."""
    paces: Mapping[str, int] = field(default_factory=dict)
    """The seconds for a megabyte of sources, by their suffix or language, or `generated`."""
    python: PythonFacts = field(default_factory=PythonFacts)
    installing: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Commands that install packages, by the system whose names they have."""

    def on(self, system: str) -> Facts:
        """Return what holds on a system."""
        lacking = self.lacking.get(system, ())
        return replace(
            self, meson=self.meson.difference(lacking), cmake=self.cmake.difference(lacking)
        )

    def language_of(self, source: str) -> str | None:
        """Return the language that a source's suffix stands for, None for data and headers."""
        dot = source.rfind(".")
        suffix = source[dot:] if dot >= 0 else ""
        return self.suffixes.get(suffix) or self.suffixes.get(suffix.lower())

    def compile_seconds(self, source: str, size: int, others: Container[str]) -> float:
        """Return about how long a source of so many bytes compiles, among others.

        What Cython has generated compiles faster than what is written by hand.
        """
        stem, _, suffix = source.rpartition(".")
        paces, language = self.paces, self.language_of(source) or ""
        if suffix == "pyx":
            generated = f"{stem}.c" in others or f"{stem}.cpp" in others
            return 0.0 if generated else paces.get(".pyx", 0) * size / 1e6
        pace = paces.get("generated" if f"{stem}.pyx" in others else language, 0)
        return pace * size / 1e6

    @cached_property
    def importable_from(self) -> Mapping[str, str]:
        """The distributions of modules that are not called as these are."""
        known = self.distributions.values()
        return {module: one.name for one in known for module in one.imports}

    def standard_header(self, name: str) -> bool:
        """Say whether a header comes with compiler, C library or interpreter."""
        if "." not in name.rpartition("/")[2]:
            return True  # of C++'s library
        return name in self.headers or any(fnmatchcase(name, glob) for glob in self.header_globs)

    def brought_by(self, backend: str) -> tuple[str, ...]:
        """Return the distributions that a backend asks for by itself."""
        return self.backends.get(backend.partition(".")[0].partition(":")[0], ())

    def among(self, distributions: Iterable[str]) -> Brought:
        """Return what these distributions bring."""
        known = [self.distributions[name] for name in distributions if name in self.distributions]
        return Brought(
            frozenset(command for one in known for command in one.commands),
            tuple(header for one in known for header in one.headers),
            frozenset(module.lower() for one in known for module in one.modules),
        )


@dataclass(frozen=True)
class Brought:
    """What the build's own environment has from PyPI."""

    commands: frozenset[str] = frozenset()
    headers: tuple[str, ...] = ()
    modules: frozenset[str] = frozenset()

    def with_more(self, more: Brought) -> Brought:
        """Return this with what other distributions bring."""
        return Brought(
            self.commands | more.commands,
            (*self.headers, *more.headers),
            self.modules | more.modules,
        )

    def has_header(self, name: str) -> bool:
        """Say whether a header is among what was brought."""
        return any(fnmatchcase(name, glob) for glob in self.headers)


@dataclass(frozen=True)
class _Backend:
    name: str
    brings: tuple[str, ...] = ()


@dataclass(frozen=True)
class Macros:
    """Macros that compilers define, by what they stand for."""

    linux: tuple[str, ...] = ()
    glibc: tuple[str, ...] = ()
    darwin: tuple[str, ...] = ()
    win32: tuple[str, ...] = ()
    win64: tuple[str, ...] = ()
    msvc: tuple[str, ...] = ()
    posix: tuple[str, ...] = ()
    gnuc: tuple[str, ...] = ()
    clang: tuple[str, ...] = ()
    x86_64: tuple[str, ...] = field(default=(), metadata=stored("x86_64"))
    aarch64: tuple[str, ...] = ()
    never: tuple[str, ...] = ()


MACRO_GROUPS = tuple(one.name for one in fields(Macros))


@dataclass(frozen=True)
class Sources:
    """The file `sources.toml` of a folder of recipes."""

    libraries: frozenset[str] = frozenset()
    of_libc: Mapping[str, tuple[str, ...]] = field(default_factory=dict, metadata=stored("of-libc"))
    headers: tuple[str, ...] = ()
    meson: tuple[str, ...] = ()
    cmake: tuple[str, ...] = ()
    lacking: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    distribution: tuple[Distribution, ...] = ()
    backend: tuple[_Backend, ...] = ()
    there: frozenset[str] = field(default=frozenset(), metadata=stored("programs/there"))
    building: frozenset[str] = field(default=frozenset(), metadata=stored("programs/building"))
    elsewhere: frozenset[str] = field(default=frozenset(), metadata=stored("programs/elsewhere"))
    macros: Macros = field(default_factory=Macros)
    versions: Mapping[str, str] = field(default_factory=dict)
    suffixes: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    paces: Mapping[str, int] = field(default_factory=dict)
    installing: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    python: PythonFacts = field(default_factory=PythonFacts)


@dataclass(frozen=True)
class Crates:
    """The file `crates.toml` of a folder of recipes."""

    crate: tuple[Crate, ...] = ()


def load_facts(knowledge: Knowledge) -> Facts:
    """Return what the recipes say, a later folder's entry over an earlier one's.

    Raises RecipeError.
    """
    facts = Facts()
    for folder in knowledge.folders:
        if (path := Path(folder, "sources.toml")).is_file():
            facts = _over_sources(facts, read_file(path, Sources))
        if (path := Path(folder, "crates.toml")).is_file():
            crates = {crate.name: crate for crate in read_file(path, Crates).crate}
            facts = replace(facts, crates={**facts.crates, **crates})
    return facts


def _over_sources(facts: Facts, read: Sources) -> Facts:
    distributions = {str(canonicalize_name(one.name)): one for one in read.distribution}
    suffixes = {
        suffix: language for language in read.suffixes for suffix in read.suffixes[language]
    }
    known = facts.macros
    return Facts(
        libraries=facts.libraries | read.libraries,
        of_libc={**facts.of_libc, **read.of_libc},
        headers=facts.headers | {name for name in read.headers if "*" not in name},
        header_globs=(*facts.header_globs, *(name for name in read.headers if "*" in name)),
        meson=facts.meson.union(map(str.lower, read.meson)),
        cmake=facts.cmake.union(map(str.lower, read.cmake)),
        lacking={**facts.lacking, **read.lacking},
        distributions={**facts.distributions, **distributions},
        backends={**facts.backends, **{one.name: one.brings for one in read.backend}},
        crates=facts.crates,
        programs_there=facts.programs_there | read.there,
        programs_building=facts.programs_building | read.building,
        programs_elsewhere=facts.programs_elsewhere | read.elsewhere,
        macros={key: (*known.get(key, ()), *getattr(read.macros, key)) for key in MACRO_GROUPS},
        versions={**facts.versions, **read.versions},
        suffixes={**facts.suffixes, **suffixes},
        paces={**facts.paces, **read.paces},
        installing={**facts.installing, **read.installing},
        python=read.python if read.python.removed else facts.python,
    )
