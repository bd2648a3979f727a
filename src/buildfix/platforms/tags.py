"""Which wheels a described host takes.

On this machine the target interpreter tells; this is for hosts that only a description stands for.
"""

from __future__ import annotations

from collections.abc import Iterator

from packaging import tags

from buildfix.core import Host, Interpreter

_OLDEST_GLIBC = 5
"""manylinux1 is glibc 2.5 (PEP 513)."""
_STOCK_GLIBC = 28
"""glibc 2.28 is in every system whose recipe names none of its releases, and that gets wheels."""
_STOCK_MUSL = 2
_LEGACY = {17: "manylinux2014", 12: "manylinux2010", 5: "manylinux1"}
_WINDOWS_ARCH = {"x86_64": "win_amd64", "AMD64": "win_amd64", "arm64": "win_arm64"}


def tags_of(host: Host, interpreter: Interpreter) -> tuple[str, ...]:
    """Return the tags of the wheels that CPython takes there, the best first (PEP 425)."""
    major, minor, *_ = map(int, interpreter.version.split("."))
    platforms = list(_platforms(host))
    found = [
        *tags.cpython_tags((major, minor), platforms=platforms, abis=[f"cp{major}{minor}"]),
        *tags.compatible_tags((major, minor), f"cp{major}{minor}", platforms),
    ]
    return tuple(map(str, found))


def _platforms(host: Host) -> Iterator[str]:
    if host.system == "darwin":
        major, _, minor = (host.version or "13").partition(".")
        yield from tags.mac_platforms((int(major), int(minor or 0)), host.arch)
    elif host.system == "win32":
        yield _WINDOWS_ARCH.get(host.arch, "win32")
    elif host.system == "linux":
        yield from _linux_platforms(host)


def _linux_platforms(host: Host) -> Iterator[str]:
    if "musl" in host.libc:
        yield from (f"musllinux_1_{minor}_{host.arch}" for minor in range(_STOCK_MUSL, -1, -1))
    else:
        newest = int(host.libc.rpartition(".")[2]) if "." in host.libc else _STOCK_GLIBC
        for minor in range(newest, _OLDEST_GLIBC - 1, -1):
            yield f"manylinux_2_{minor}_{host.arch}"
            if minor in _LEGACY:
                yield f"{_LEGACY[minor]}_{host.arch}"
    yield f"linux_{host.arch}"
