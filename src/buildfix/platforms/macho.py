"""The dynamic facts of Mach-O files, read with macholib."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from macholib.mach_o import CPU_TYPE_NAMES
from macholib.MachO import MachO
from macholib.SymbolTable import SymbolTable

from buildfix.platforms.linked import Binary, Wanted

_LIBRARIES = frozenset(
    {"LC_LOAD_DYLIB", "LC_LOAD_WEAK_DYLIB", "LC_REEXPORT_DYLIB", "LC_LOAD_UPWARD_DYLIB"}
)
_OLDEST = {"LC_BUILD_VERSION": "minos", "LC_VERSION_MIN_MACOSX": "version"}
_MACHINES = {"ARM64": "arm64", "i386": "i386", "x86_64": "x86_64"}
_MAX_LIBRARY = 0xFD
"""Ordinals from here on mean no library: the flat namespace, or the program (mach-o/nlist.h)."""


def read_macho(path: Path, machine: str) -> Binary | None:
    """Return a Mach-O file's dynamic facts; None if it is damaged. Raises OSError.

    For a universal file, `machines` lists all parts, and the rest describes the part for `machine`,
    if it has one.
    """
    try:
        file = MachO(str(path))
        slices = {_machine(one): one for one in file.headers}
        chosen = slices.get(machine) or file.headers[0]
        return _read(file, chosen, path, tuple(slices))
    except (ValueError, KeyError, IndexError, struct.error, UnicodeDecodeError):
        return None


def _machine(header: Any) -> str:
    name = str(CPU_TYPE_NAMES.get(header.header.cputype, header.header.cputype))
    return _MACHINES.get(name, name.lower())


def _read(file: Any, header: Any, path: Path, machines: tuple[str, ...]) -> Binary:
    commands = [(one[0].get_cmd_name(), one[1], one[2]) for one in header.commands]
    libraries = tuple(_text(data) for name, _, data in commands if name in _LIBRARIES)
    symbols = SymbolTable(file, header)
    oldest = (
        _version(int(getattr(one, _OLDEST[name]))) for name, one, _ in commands if name in _OLDEST
    )
    return Binary(
        machines=machines,
        needed=libraries,
        search=tuple(
            _text(data).replace("@loader_path", str(path.parent))
            for name, _, data in commands
            if name == "LC_RPATH"
        ),
        undefined=dict(_undefined(symbols, libraries)),
        defined=frozenset(_text(name) for _, name in symbols.extdefsyms or ()),
        oldest_macos=next(oldest, ""),
    )


def _undefined(symbols: Any, libraries: tuple[str, ...]) -> Iterator[tuple[str, Wanted]]:
    for entry, name in symbols.undefsyms or ():
        ordinal = (int(entry.n_desc) >> 8) & 0xFF
        named = 0 < ordinal <= min(len(libraries), _MAX_LIBRARY)
        yield _text(name), Wanted(libraries[ordinal - 1] if named else None)


def _text(data: bytes) -> str:
    return data.rstrip(b"\0").decode()


def _version(packed: int) -> str:
    """Return a version that mach-o/loader.h packs as xxxx.yy.zz in nibbles."""
    return f"{packed >> 16}.{packed >> 8 & 0xFF}"
