"""The dynamic facts of ELF files, read with pyelftools."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from elftools.common.exceptions import ELFError
from elftools.elf.dynamic import DynamicSegment
from elftools.elf.elffile import ELFFile
from elftools.elf.gnuversions import (
    GNUVerDefSection,
    GNUVerNeedSection,
    GNUVerSymSection,
)
from elftools.elf.sections import SymbolTableSection

from buildfix.platforms.linked import Binary, Wanted

_LOCAL, _HIDDEN = 2, 0x8000
"""Version indices below the first are none; the top bit marks a hidden version (gABI's symbol
versioning, as the Linux Standard Base has it)."""

_TEXTS = {"DT_NEEDED": "needed", "DT_RPATH": "rpath", "DT_RUNPATH": "runpath"}
"""pyelftools' names for the strings of dynamic entries."""

_MACHINES = {"EM_X86_64": "x86_64", "EM_386": "i386", "EM_AARCH64": "arm64", "EM_ARM": "arm"}


_DAMAGED = (ELFError, AttributeError, UnicodeDecodeError, KeyError, ValueError)
"""What pyelftools raises if a file is not ELF, or damaged."""


def read_elf(path: Path) -> Binary | None:
    """Return an ELF file's dynamic facts; None if it is damaged. Raises OSError."""
    try:
        with path.open("rb") as file:
            return _read(ELFFile(file), path)
    except _DAMAGED:
        return None


@dataclass(frozen=True)
class Links:
    """What an ELF file is linked with, and where it looks for it."""

    machine: str
    """What it was built for, with the word size: `EM_X86_64 64`."""
    needed: tuple[str, ...] = ()
    rpath: tuple[str, ...] = ()
    """Folders as written; `$ORIGIN` is not replaced."""
    runpath: tuple[str, ...] = ()


def links_of(path: Path) -> Links | None:
    """Return what an ELF file is linked with; None for any other file."""
    try:
        with path.open("rb") as file:
            return links_in(file)
    except OSError:
        return None


def links_in(file: BinaryIO) -> Links | None:
    """Return what an open ELF file is linked with; None for any other file.

    It reads nothing else: symbols of large modules take time, and some files have no sections.
    """
    try:
        return _links(ELFFile(file)) if file.read(4) == b"\x7fELF" else None
    except _DAMAGED:
        return None


def _links(elf: ELFFile) -> Links:
    found: dict[str, list[str]] = {name: [] for name in _TEXTS}
    dynamic = next(elf.iter_segments("PT_DYNAMIC"), None)
    if isinstance(dynamic, DynamicSegment):
        for tag in dynamic.iter_tags():
            if tag.entry.d_tag in _TEXTS:
                found[tag.entry.d_tag].append(str(getattr(tag, _TEXTS[tag.entry.d_tag])))
    rpath, runpath = (
        tuple(folder for text in found[name] for folder in text.split(":"))
        for name in ("DT_RPATH", "DT_RUNPATH")
    )
    return Links(f"{elf['e_machine']} {elf.elfclass}", tuple(found["DT_NEEDED"]), rpath, runpath)


def comments_in(file: BinaryIO) -> tuple[str, ...]:
    """Return what compilers noted in an open ELF file: `GCC: (Debian 14.2.0-19) 14.2.0`."""
    try:
        section = ELFFile(file).get_section_by_name(".comment")
        texts = section.data().split(b"\0") if section else ()
    except _DAMAGED:
        return ()
    return tuple(dict.fromkeys(text.decode("utf-8", "replace") for text in texts if text))


def linked_libraries(path: Path) -> tuple[str, ...]:
    """Return the names of the libraries that an ELF file is linked with; empty for other files."""
    links = links_of(path)
    return links.needed if links else ()


def _read(elf: ELFFile, path: Path) -> Binary:
    links, origin = _links(elf), str(path.parent)
    undefined, defined = _symbols(elf)
    machine = str(elf["e_machine"])
    return Binary(
        machines=(_MACHINES.get(machine, machine.removeprefix("EM_").lower()),),
        needed=links.needed,
        search=tuple(
            folder.replace("$ORIGIN", origin).replace("${ORIGIN}", origin)
            for folder in (*links.rpath, *links.runpath)
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
