"""The dynamic facts of a compiled module or shared library, whatever its format."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Wanted:
    """A symbol that a binary takes from elsewhere, and what it says of where."""

    library: str | None = None
    """As it stands in `needed`; in ELF only versioned symbols name it, in Mach-O all but those of
    the flat namespace."""
    version: str | None = None
    """For example `GLIBC_2.34`."""


@dataclass(frozen=True)
class Binary:
    """The dynamic facts of one file: ELF, Mach-O or PE."""

    machines: tuple[str, ...] = ()
    """What it was built for: `x86_64`, `arm64`, `i386`, `arm`; several in a universal Mach-O."""
    needed: tuple[str, ...] = ()
    """The libraries that it is linked with: names, in Mach-O mostly paths."""
    search: tuple[str, ...] = ()
    """Folders that it has searched for them (DT_RPATH, DT_RUNPATH, LC_RPATH), its own filled in."""
    undefined: dict[str, Wanted] = field(default_factory=dict)
    defined: frozenset[str] = frozenset()
    versions: tuple[str, ...] = ()
    """The versions of symbols that it defines, oldest first as its makers list them."""
    oldest_macos: str = ""
    """The oldest macOS that it was built for, for example `11.0`; empty where it says none."""
