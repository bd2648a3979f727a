"""Finds the file for a library's name, and tells which libraries always exist."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from pathlib import Path

_SYSTEM = re.compile(
    r"(?:ld-linux[\w.-]*|lib(?:c|m|dl|rt|pthread|util|gcc_s|stdc\+\+))\.so[\d.]*"
    r"|/usr/lib/.*|/System/.*|api-ms-win-.*",
    re.IGNORECASE,
)
"""The C library's and the compiler's own, which any Linux has that runs Python; on macOS and
Windows they are partly without a file."""


def find_library(
    name: str, folders: Iterable[str], fits: Callable[[Path], bool] = Path.is_file
) -> Path | None:
    """Return the file that a library's name leads to: a path itself, or the first that fits."""
    if name.startswith("/"):
        return Path(name) if Path(name).is_file() else None
    return next(filter(fits, (Path(folder, name) for folder in folders)), None)


def is_always_there(library: str) -> bool:
    """Return whether a library, by its name in binaries, is part of the system itself."""
    return _SYSTEM.fullmatch(library) is not None
