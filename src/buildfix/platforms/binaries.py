"""The dynamic facts of compiled modules and shared libraries: what they need, provide and lack.

ELF, Mach-O and PE are read by pure Python libraries, each loaded for its first file. Files in other
formats, or damaged ones, yield nothing.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from itertools import chain
from pathlib import Path

from buildfix.core.system import system_of
from buildfix.platforms.linked import Binary
from buildfix.platforms.operating_systems import operating_system
from buildfix.platforms.search_paths import find_library

_MACHO = frozenset(
    {
        b"\xfe\xed\xfa\xce",
        b"\xfe\xed\xfa\xcf",
        b"\xce\xfa\xed\xfe",
        b"\xcf\xfa\xed\xfe",
        b"\xca\xfe\xba\xbe",
    }
)
"""The first bytes of a Mach-O file, and of a universal one (mach-o/loader.h, mach-o/fat.h)."""
_INSIDE = ("@rpath/", "@loader_path/", "@executable_path/")


def read_binary(path: Path, machine: str = "") -> Binary | None:
    """Return a file's dynamic facts; None if it is not a binary or cannot be read.

    `machine` selects the part of a universal file.
    """
    try:
        with path.open("rb") as file:
            start = file.read(4)
        if start == b"\x7fELF":
            from buildfix.platforms.elf import read_elf

            return read_elf(path)
        if start in _MACHO:
            from buildfix.platforms.macho import read_macho

            return read_macho(path, machine)
        if start[:2] == b"MZ":
            from buildfix.platforms.pe import read_pe

            return read_pe(path)
    except OSError:
        return None
    return None


def locate(name: str, binary: Binary, folders: tuple[str, ...]) -> Path | None:
    """Return the file for a library's name; the binary's own folders come first."""
    inside = next((start for start in _INSIDE if name.startswith(start)), "")
    return find_library(name.removeprefix(inside), (*binary.search, *folders))


def library_folders(system: str, arch: str, prefix: str, site: tuple[str, ...]) -> tuple[str, ...]:
    """Return where the loader looks on this machine, and where wheels put their libraries."""
    loader = operating_system(system)
    told = os.environ.get(loader.loader_variable, "").split(system_of(system).list_separator)
    bundled = (folder for one in site for folder in _bundled(Path(one)))
    groups = (filter(None, told), loader.library_folders(arch, prefix), map(str, bundled))
    return tuple(chain.from_iterable(reversed(groups) if loader.looks_there_last else groups))


def _bundled(site: Path) -> Iterator[Path]:
    """Yield the folders of libraries bundled by auditwheel, delvewheel, delocate or projects."""
    for pattern in ("*.libs", "*/.dylibs", "*/lib"):
        yield from sorted(site.glob(pattern))
