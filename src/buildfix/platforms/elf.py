"""What ELF files say of themselves, read by pyelftools."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from elftools.common.exceptions import ELFError
from elftools.elf.dynamic import DynamicSection, DynamicSegment
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
"""What pyelftools calls the texts of dynamic entries."""

_MACHINES = {"EM_X86_64": "x86_64", "EM_386": "i386", "EM_AARCH64": "arm64", "EM_ARM": "arm"}


def read_elf(path: Path) -> Binary | None:
    """Return what an ELF file says; None where it is damaged. Raises OSError."""
    try:
        with path.open("rb") as file:
            return _read(ELFFile(file), path)
    except (ELFError, UnicodeDecodeError, KeyError, ValueError):
        return None


@dataclass(frozen=True)
class Links:
    """What an ELF file is linked with, and where it has that searched."""

    machine: str
    """What it was built for, with the width of its words: `EM_X86_64 64`."""
    needed: tuple[str, ...] = ()
    rpath: tuple[str, ...] = ()
    """Folders as they stand there: `$ORIGIN` is not filled in."""
    runpath: tuple[str, ...] = ()


def links_of(path: Path) -> Links | None:
    """Return what an ELF file is linked with, None of any other file.

    Only that is read of it: symbols of large modules take their time, and some have no sections.
    """
    try:
        with path.open("rb") as file:
            if file.read(4) != b"\x7fELF":
                return None
            elf = ELFFile(file)
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
            machine = f"{elf['e_machine']} {elf.elfclass}"
            return Links(machine, tuple(found["DT_NEEDED"]), rpath, runpath)
    except (OSError, ELFError, AttributeError, UnicodeDecodeError, KeyError, ValueError):
        return None


def linked_libraries(path: Path) -> tuple[str, ...]:
    """Return the names of the libraries that an ELF file is linked with; none of any other file."""
    links = links_of(path)
    return links.needed if links else ()


def _read(elf: ELFFile, path: Path) -> Binary:
    dynamic = _section(elf, DynamicSection)
    tags = [(str(one.entry.d_tag), one) for one in (dynamic.iter_tags() if dynamic else ())]
    texts = [(name, str(getattr(one, _TEXTS[name]))) for name, one in tags if name in _TEXTS]
    origin = str(path.parent)
    undefined, defined = _symbols(elf)
    machine = str(elf["e_machine"])
    return Binary(
        machines=(_MACHINES.get(machine, machine.removeprefix("EM_").lower()),),
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
