"""Finds the installed header that declares a C or C++ type."""

from __future__ import annotations

import ctypes
import os
import re
from collections.abc import Iterable, Iterator
from fnmatch import fnmatchcase
from pathlib import Path

from buildfix.core import Host
from buildfix.package_managers.unpacked import multiarch
from buildfix.platforms.operating_systems import operating_system

_ENDINGS = (".h", ".hh", ".hpp", ".hxx")
_LARGEST = 2_000_000
"""Larger headers (in bytes) are not searched."""
_SYSTEM = frozenset({"c++", "linux", "asm", "asm-generic", "bits", "sys", "rdma", "xen", "misc"})
"""Folders of the compiler's and the kernel's own headers."""


def header_of(name: str, host: Host, root: Path = Path("/")) -> str | None:
    """Return the header, as a source includes it, that declares a type with that name.

    A header named like the type is searched first; the rest takes about a second for each 100 MB.
    """
    short = name.rpartition("::")[2]
    declared = re.compile(
        rb"\b(?:class|struct|union|enum)\s+(?:\w+\s+)?" + re.escape(short.encode()) + rb"\b\s*[:{]"
        rb"|(?:\}|typedef\s[^;{}]*?)\s*\*?\s*\b" + re.escape(short.encode()) + rb"\s*;"
    )
    paths = sorted(_headers(host, root), key=lambda pair: Path(pair[1]).stem != short)
    return next((inside for path, inside in paths if _declares(path, declared)), None)


def _declares(path: Path, declared: re.Pattern[bytes]) -> bool:
    try:
        return path.stat().st_size < _LARGEST and bool(declared.search(path.read_bytes()))
    except OSError:
        return False


def _headers(host: Host, root: Path) -> Iterator[tuple[Path, str]]:
    own = _SYSTEM | {multiarch(host.arch)}
    for folder in operating_system(host.system).header_folders(host.arch):
        top = root / folder.lstrip("/")
        for where, folders, names in os.walk(top):
            folders[:] = sorted(set(folders) - (own if Path(where) == top else set()))
            for name in sorted(names):
                if name.endswith(_ENDINGS):
                    path = Path(where, name)
                    yield path, path.relative_to(top).as_posix()


def installed_like(patterns: Iterable[str], host: Host, root: Path = Path("/")) -> tuple[str, ...]:
    """Return the installed headers that match one of these patterns, in any folder.

    As a source would include them from the include folders. Headers in other folders below count
    too, for sources that are given that folder.
    """
    wanted = tuple(patterns)
    return tuple(
        inside
        for _, inside in _headers(host, root)
        if any(fnmatchcase(inside, one) or fnmatchcase(inside, f"*/{one}") for one in wanted)
    )


def mentions(header: str, name: str, host: Host, root: Path = Path("/")) -> bool:
    """Return whether a header, or one beside it in its own folder, contains an identifier."""
    wanted = re.compile(rb"\b" + re.escape(name.encode()) + rb"\b")
    folders = operating_system(host.system).header_folders(host.arch)
    places = (root / folder.lstrip("/") / header for folder in folders)
    for path in (place for place in places if place.is_file()):
        beside = path.parent.glob("*") if "/" in header else [path]
        return any(_declares(one, wanted) for one in beside if one.is_file())
    return False


def in_libc(name: str) -> bool:
    """Return whether this machine's C library has a function with that name."""
    try:
        return hasattr(ctypes.CDLL(None), name)
    except (OSError, TypeError):  # Windows has no single C library
        return False
