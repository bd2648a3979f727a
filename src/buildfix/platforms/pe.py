"""The dynamic facts of PE files (DLLs, Python's .pyd), read with pefile."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pefile import DIRECTORY_ENTRY, MACHINE_TYPE, PE, PEFormatError

from buildfix.platforms.linked import Binary, Wanted

_READ = ("EXPORT", "IMPORT", "DELAY_IMPORT")
_MACHINES = {"AMD64": "x86_64", "I386": "i386", "ARM64": "arm64", "ARMNT": "arm"}
_MOST_EXPORTS = 1 << 17
"""pefile's own limit of 8192 is too low for large C++ libraries."""


def read_pe(path: Path) -> Binary | None:
    """Return a PE file's dynamic facts; None if it is damaged. Raises OSError."""
    try:
        with PE(str(path), fast_load=True, max_symbol_exports=_MOST_EXPORTS) as file:
            file.parse_data_directories(
                [DIRECTORY_ENTRY[f"IMAGE_DIRECTORY_ENTRY_{name}"] for name in _READ]
            )
            return _read(file)
    except (PEFormatError, UnicodeDecodeError, ValueError):
        return None


def _read(file: Any) -> Binary:
    kind = str(MACHINE_TYPE.get(file.FILE_HEADER.Machine, "")).removeprefix("IMAGE_FILE_MACHINE_")
    imported = [
        *getattr(file, "DIRECTORY_ENTRY_IMPORT", ()),
        *getattr(file, "DIRECTORY_ENTRY_DELAY_IMPORT", ()),
    ]
    exported = getattr(file, "DIRECTORY_ENTRY_EXPORT", None)
    return Binary(
        machines=(_MACHINES.get(kind, kind.lower()),),
        needed=tuple(one.dll.decode() for one in imported),
        undefined=dict(_undefined(imported)),
        defined=frozenset(
            one.name.decode() for one in (exported.symbols if exported else ()) if one.name
        ),
    )


def _undefined(imported: list[Any]) -> Iterator[tuple[str, Wanted]]:
    """Yield what is imported by name; imports by number have no name."""
    for library in imported:
        for symbol in library.imports:
            if symbol.name:
                yield symbol.name.decode(), Wanted(library.dll.decode())
