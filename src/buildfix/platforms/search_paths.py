"""Where compilers and loaders look on a machine without being told, and what is always there."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from pathlib import Path

from buildfix.core import Host
from buildfix.package_managers.unpacked import multiarch

_SYSTEM = re.compile(
    r"(?:ld-linux[\w.-]*|lib(?:c|m|dl|rt|pthread|util|gcc_s|stdc\+\+))\.so[\d.]*"
    r"|/usr/lib/.*|/System/.*|api-ms-win-.*",
    re.IGNORECASE,
)
"""The C library's and the compiler's own, which any Linux has that runs Python; on macOS and
Windows they are partly without a file."""


def header_folders(host: Host) -> tuple[str, ...]:
    """Return where compilers look for headers."""
    own = (f"/usr/include/{multiarch(host.arch)}",) if host.system == "linux" else ()
    return ("/usr/local/include", "/usr/include", *own)


def linux_library_folders(arch: str) -> tuple[str, ...]:
    """Return where the loader looks for libraries on Linux.

    Its own cache is not read: its standard folders cover what packages install (ld.so(8)).
    """
    own = multiarch(arch)
    return (
        *("/usr/local/lib", f"/usr/local/lib/{own}", f"/lib/{own}", f"/usr/lib/{own}"),
        *("/lib64", "/usr/lib64", "/usr/local/lib64", "/lib", "/usr/lib"),
    )


def find_library(
    name: str, folders: Iterable[str], fits: Callable[[Path], bool] = Path.is_file
) -> Path | None:
    """Return the file that a library's name leads to: a path itself, or the first that fits."""
    if name.startswith("/"):
        return Path(name) if Path(name).is_file() else None
    return next(filter(fits, (Path(folder, name) for folder in folders)), None)


def is_always_there(library: str) -> bool:
    """Say whether a library, as binaries name it, belongs to the system itself."""
    return _SYSTEM.fullmatch(library) is not None
