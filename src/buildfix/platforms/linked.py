"""The dynamic facts of a compiled module or shared library, in any format."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Wanted:
    """A symbol that a binary needs, and what it says about the source."""

    library: str | None = None
    """As in `needed`; in ELF only for versioned symbols, in Mach-O for all except those of the flat
    namespace."""
    version: str | None = None
    """For example `GLIBC_2.34`."""


@dataclass(frozen=True)
class Binary:
    """The dynamic facts of one file: ELF, Mach-O or PE."""

    machines: tuple[str, ...] = ()
    """What it was built for: `x86_64`, `arm64`, `i386`, `arm`; several in a universal Mach-O."""
    needed: tuple[str, ...] = ()
    """The libraries that it is linked with: names; in Mach-O mostly paths."""
    search: tuple[str, ...] = ()
    """The folders it searches for them (DT_RPATH, DT_RUNPATH, LC_RPATH), its own filled in."""
    undefined: dict[str, Wanted] = field(default_factory=dict)
    defined: frozenset[str] = frozenset()
    versions: tuple[str, ...] = ()
    """The symbol versions that it defines, in the order of the file, oldest first."""
    oldest_macos: str = ""
    """The oldest macOS that it supports, for example `11.0`; empty if unknown."""
