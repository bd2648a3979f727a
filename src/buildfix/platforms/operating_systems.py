"""The operating systems that buildfix supports, one module each."""

from __future__ import annotations

import sys
from functools import cache
from importlib import import_module

from buildfix.platforms.posix import Posix

_SYSTEMS = {
    "linux": ("linux", "Linux"),
    "darwin": ("macos", "MacOS"),
    "win32": ("windows", "Windows"),
    "freebsd": ("freebsd", "FreeBSD"),
}
"""The module and the class of each system."""


@cache
def operating_system(name: str) -> Posix:
    """Return the system with this name in sys.platform; unknown ones are like POSIX.

    Only its own module is loaded.
    """
    found = _SYSTEMS.get(name) or _SYSTEMS.get(name.rstrip("0123456789"))
    if found is None:
        return Posix()
    module, cls = found
    system: Posix = getattr(import_module(f"buildfix.platforms.{module}"), cls)()
    return system


THIS = operating_system(sys.platform)
"""The system that buildfix runs on."""
