"""What the recipes say about build files: what is always there, and what PyPI and crates bring."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from fnmatch import fnmatchcase
from pathlib import Path

from packaging.utils import canonicalize_name
from packaging.version import InvalidVersion, Version

from buildfix.catalog import Knowledge
from buildfix.catalog.table import Table


@dataclass(frozen=True)
class Distribution:
    """What a distribution from PyPI brings into the build's own environment."""

    name: str
    commands: tuple[str, ...] = ()
    headers: tuple[str, ...] = ()
    modules: tuple[str, ...] = ()
    """pkg-config modules and CMake packages."""


@dataclass(frozen=True)
class Crate:
    """What a crate's build script looks for."""

    name: str
    needs: tuple[str, ...] = ()
    """As `kind:subject` of a cause."""
    bundled: tuple[str, ...] = ()
    """Features with which it builds its own copy; `*` where it does so anyway."""
    tools: tuple[str, ...] = ()
    systems: tuple[str, ...] = ()
    rust: Mapping[str, str] = field(default_factory=dict)
    """The first Rust that builds it, by the crate's version from which on that holds."""

    def rust_of(self, version: str) -> str | None:
        """Return the first Rust that builds a version of it, None where that is not known."""
        known = ((Version(since), rust) for since, rust in self.rust.items())
        try:
            held = [one for one in known if one[0] <= Version(version)]
        except InvalidVersion:
            return None
        return max(held)[1] if held else None


@dataclass(frozen=True)
class Facts:
    """All that the recipes say about build files."""

    libraries: frozenset[str] = frozenset()
    headers: frozenset[str] = frozenset()
    header_globs: tuple[str, ...] = ()
    meson: frozenset[str] = frozenset()
    cmake: frozenset[str] = frozenset()
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

    def has_header(self, name: str) -> bool:
        """Say whether a header is among what was brought."""
        return any(fnmatchcase(name, glob) for glob in self.headers)


MACRO_GROUPS = (
    "linux",
    "glibc",
    "darwin",
    "win32",
    "win64",
    "msvc",
    "posix",
    "gnuc",
    "clang",
    "x86_64",
    "aarch64",
    "never",
)


def load_facts(knowledge: Knowledge) -> Facts:
    """Return what the recipes say, a later folder's entry over an earlier one's.

    Raises RecipeError.
    """
    facts = Facts()
    for folder in knowledge.folders:
        for name, over in (("sources.toml", _over_sources), ("crates.toml", _over_crates)):
            path = Path(folder, name)
            if path.is_file():
                facts = over(facts, Table.of_file(path))
    return facts


def _over_sources(facts: Facts, table: Table) -> Facts:
    headers = table.texts("headers")
    distributions: dict[str, Distribution] = {
        str(canonicalize_name(entry.name)): entry
        for entry in map(_distribution, table.tables("distribution"))
    }
    programs, macros = table.table("programs"), table.table("macros")
    names = {key: macros.texts(key) for key in MACRO_GROUPS}
    backends = {one.text("name"): one.texts("brings") for one in table.tables("backend")}
    read = Facts(
        libraries=facts.libraries | set(table.texts("libraries")),
        headers=facts.headers | {name for name in headers if "*" not in name},
        header_globs=(*facts.header_globs, *(name for name in headers if "*" in name)),
        meson=facts.meson | {name.lower() for name in table.texts("meson")},
        cmake=facts.cmake | {name.lower() for name in table.texts("cmake")},
        distributions={**facts.distributions, **distributions},
        backends={**facts.backends, **backends},
        crates=facts.crates,
        programs_there=facts.programs_there | set(programs.texts("there")),
        programs_building=facts.programs_building | set(programs.texts("building")),
        programs_elsewhere=facts.programs_elsewhere | set(programs.texts("elsewhere")),
        macros={key: (*facts.macros.get(key, ()), *words) for key, words in names.items()},
    )
    for part in (programs, macros, table):
        part.done()
    return read


def _over_crates(facts: Facts, table: Table) -> Facts:
    crates = {crate.name: crate for crate in map(_crate, table.tables("crate"))}
    table.done()
    return replace(facts, crates={**facts.crates, **crates})


def _distribution(table: Table) -> Distribution:
    entry = Distribution(
        table.text("name"), table.texts("commands"), table.texts("headers"), table.texts("modules")
    )
    table.done()
    return entry


def _crate(table: Table) -> Crate:
    crate = Crate(
        name=table.text("name"),
        needs=table.texts("needs"),
        bundled=table.texts("bundled"),
        tools=table.texts("tools"),
        systems=table.texts("systems"),
        rust=table.text_map("rust"),
    )
    table.done()
    return crate
