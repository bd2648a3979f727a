"""The operating systems that buildfix supports, one module each."""

from __future__ import annotations

import sys

from buildfix.platforms.freebsd import FreeBSD
from buildfix.platforms.linux import Linux
from buildfix.platforms.macos import MacOS
from buildfix.platforms.posix import Posix
from buildfix.platforms.windows import Windows

_SYSTEMS: dict[str, Posix] = {
    "linux": Linux(),
    "darwin": MacOS(),
    "win32": Windows(),
    "freebsd": FreeBSD(),
}


def operating_system(name: str) -> Posix:
    """Return the system with this name in sys.platform; unknown ones are like POSIX."""
    return _SYSTEMS.get(name) or _SYSTEMS.get(name.rstrip("0123456789")) or Posix()


THIS = operating_system(sys.platform)
"""The system that buildfix runs on."""
