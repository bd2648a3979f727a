"""The meaning of the platform part of a wheel's tag (PEP 425, 513, 571, 599, 600, 656)."""

from __future__ import annotations

import re
from dataclasses import dataclass

_PATTERNS = (
    (re.compile(r"manylinux_(\d+)_(\d+)_(.+)"), "linux", "glibc"),
    (re.compile(r"musllinux_(\d+)_(\d+)_(.+)"), "linux", "musl"),
    (re.compile(r"macosx_(\d+)_(\d+)_(.+)"), "darwin", ""),
)
_LINUX = re.compile(r"(?:manylinux(1|2010|2014)|linux)_(.+)")
_WINDOWS = {"win32": "i686", "win_amd64": "x86_64", "win_arm64": "aarch64", "win_ia64": "ia64"}
_GLIBC = {"1": (2, 5), "2010": (2, 12), "2014": (2, 17)}
_ONE_NAME = {"arm64": "aarch64", "amd64": "x86_64", "AMD64": "x86_64", "i386": "i686"}
_FAT = {
    "universal2": ("x86_64", "aarch64"),
    "universal": ("i686", "x86_64", "ppc", "ppc64"),
    "intel": ("i686", "x86_64"),
    "fat64": ("x86_64", "ppc64"),
    "fat32": ("i686", "ppc"),
    "fat": ("i686", "ppc"),
}


@dataclass(frozen=True)
class Platform:
    """An operating system, its C library and its processor."""

    system: str
    """linux, darwin, win32, `any`, or the tag itself if it is none of these."""
    archs: tuple[str, ...] = ()
    libc: str = ""
    """glibc or musl; empty if the tag does not say, or there is only one."""
    version: tuple[int, int] = (0, 0)
    """The minimum version of the C library or of macOS."""

    def __str__(self) -> str:
        number = ".".join(map(str, self.version))
        arch = " and ".join(self.archs)
        if self.system == "linux":
            return f"Linux {arch}" + (f", {self.libc} {number}" if self.libc else "")
        if self.system == "darwin":
            return f"macOS {number} {arch.replace('aarch64', 'arm64')}"
        if self.system == "win32":
            return f"Windows {arch.replace('i686', '32-bit').replace('aarch64', 'arm64')}"
        return "any platform" if self.system == "any" else self.system


def platform_of(tag: str) -> Platform:
    """Return the platform that a platform tag means."""
    for pattern, system, libc in _PATTERNS:
        if match := pattern.fullmatch(tag):
            return Platform(system, _archs(match[3]), libc, (int(match[1]), int(match[2])))
    if match := _LINUX.fullmatch(tag):
        libc = "glibc" if match[1] else ""
        return Platform("linux", _archs(match[2]), libc, _GLIBC.get(match[1], (0, 0)))
    return Platform("win32", (_WINDOWS[tag],)) if tag in _WINDOWS else Platform(tag)


def _archs(word: str) -> tuple[str, ...]:
    return _FAT.get(word, (_ONE_NAME.get(word, word),))
