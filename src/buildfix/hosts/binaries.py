"""What compiled modules and shared libraries say of themselves: what they need, have and lack.

ELF is read by pyelftools, which is pure Python. What is no ELF file, or damaged, says nothing.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from elftools.common.exceptions import ELFError
from elftools.elf.dynamic import DynamicSection
from elftools.elf.elffile import ELFFile
from elftools.elf.gnuversions import (
    GNUVerDefSection,
    GNUVerNeedSection,
    GNUVerSymSection,
)
from elftools.elf.sections import SymbolTableSection

_LOCAL, _HIDDEN = 2, 0x8000
"""Version indices below the first are none; the top bit marks a hidden version (gABI's symbol
versioning, as the Linux Standard Base has it)."""

_TEXTS = {"DT_NEEDED": "needed", "DT_RPATH": "rpath", "DT_RUNPATH": "runpath"}
"""What pyelftools calls the texts of dynamic entries."""


@dataclass(frozen=True)
class Wanted:
    """A symbol that a binary takes from elsewhere, and what it says of where."""

    library: str | None = None
    """By its name in DT_NEEDED; only versioned symbols name it."""
    version: str | None = None
    """For example `GLIBC_2.34`."""


@dataclass(frozen=True)
class Binary:
    """The dynamic facts of one ELF file."""

    needed: tuple[str, ...] = ()
    """Names of the libraries that it is linked with."""
    search: tuple[str, ...] = ()
    """Folders that it has searched for them (DT_RPATH, DT_RUNPATH), `$ORIGIN` filled in."""
    undefined: dict[str, Wanted] = field(default_factory=dict)
    defined: frozenset[str] = frozenset()
    versions: tuple[str, ...] = ()
    """The versions of symbols that it defines, oldest first as its makers list them."""


def read_binary(path: Path) -> Binary | None:
    """Return what an ELF file says; None where it is none or cannot be read."""
    try:
        with path.open("rb") as file:
            return _read(ELFFile(file), path)
    except (OSError, ELFError, UnicodeDecodeError, KeyError, ValueError):
        return None


def linked_libraries(path: Path) -> tuple[str, ...]:
    """Return the names of the libraries that an ELF file is linked with; none of any other file.

    Only that is read of it: symbols of large modules take their time.
    """
    try:
        with path.open("rb") as file:
            if file.read(4) != b"\x7fELF":
                return ()
            sections = ELFFile(file).iter_sections()
            dynamic = next((one for one in sections if isinstance(one, DynamicSection)), None)
            tags = dynamic.iter_tags("DT_NEEDED") if dynamic else ()
            return tuple(str(getattr(tag, _TEXTS["DT_NEEDED"])) for tag in tags)
    except (OSError, ELFError, UnicodeDecodeError, KeyError, ValueError):
        return ()


def locate(name: str, binary: Binary, folders: tuple[str, ...]) -> Path | None:
    """Return the file that a library's name leads to: the binary's own folders come first."""
    for folder in (*binary.search, *folders):
        path = Path(folder, name)
        if path.is_file():
            return path
    return None


def library_folders(arch: str, prefix: str) -> tuple[str, ...]:
    """Return where the loader looks on this machine, and where wheels put their libraries.

    The loader's own cache is not read: its standard folders cover what packages install (ld.so(8)).
    """
    told = os.environ.get("LD_LIBRARY_PATH", "").split(":")
    site = sorted(Path(prefix).glob("lib/python3*/site-packages"))
    bundled = [
        *(p for one in site for p in one.glob("*.libs")),
        *(p for one in site for p in one.glob("*/lib")),
    ]
    standard = (
        "/usr/local/lib",
        f"/lib/{arch}-linux-gnu",
        f"/usr/lib/{arch}-linux-gnu",
        "/lib64",
        "/usr/lib64",
        "/lib",
        "/usr/lib",
    )
    return (*filter(None, told), *standard, *map(str, bundled))


def _read(elf: ELFFile, path: Path) -> Binary:
    dynamic = next((one for one in elf.iter_sections() if isinstance(one, DynamicSection)), None)
    tags = [(str(one.entry.d_tag), one) for one in (dynamic.iter_tags() if dynamic else ())]
    texts = [(name, str(getattr(one, _TEXTS[name]))) for name, one in tags if name in _TEXTS]
    origin = str(path.parent)
    undefined, defined = _symbols(elf)
    return Binary(
        needed=tuple(text for name, text in texts if name == "DT_NEEDED"),
        search=tuple(
            folder.replace("$ORIGIN", origin).replace("${ORIGIN}", origin)
            for name, text in texts
            if name != "DT_NEEDED"
            for folder in text.split(":")
        ),
        undefined=undefined,
        defined=defined,
        versions=tuple(_defined_versions(elf)),
    )


def _symbols(elf: ELFFile) -> tuple[dict[str, Wanted], frozenset[str]]:
    table = elf.get_section_by_name(".dynsym")
    if not isinstance(table, SymbolTableSection):
        return {}, frozenset()
    indices = _section(elf, GNUVerSymSection)
    needed = dict(_needed_versions(elf))
    undefined: dict[str, Wanted] = {}
    defined = set()
    for number, symbol in enumerate(table.iter_symbols()):
        if not symbol.name:
            continue
        if symbol.entry.st_shndx != "SHN_UNDEF":
            defined.add(symbol.name)
            continue
        index = indices.get_symbol(number).entry["ndx"] if indices else 0
        undefined[symbol.name] = needed.get(index, Wanted()) if isinstance(index, int) else Wanted()
    return undefined, frozenset(defined)


def _needed_versions(elf: ELFFile) -> Iterator[tuple[int, Wanted]]:
    section = _section(elf, GNUVerNeedSection)
    for library, versions in section.iter_versions() if section else ():
        for version in versions:
            yield version.entry.vna_other & ~_HIDDEN, Wanted(library.name, version.name)


def _defined_versions(elf: ELFFile) -> Iterator[str]:
    section = _section(elf, GNUVerDefSection)
    for entry, names in section.iter_versions() if section else ():
        first = next(iter(names), None)
        if first is not None and entry.entry.vd_ndx >= _LOCAL:
            yield first.name


def _section(elf: ELFFile, kind: type) -> Any:
    return next((one for one in elf.iter_sections() if isinstance(one, kind)), None)
