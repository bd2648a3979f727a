"""What differs between operating systems in how files and programs are named."""

from __future__ import annotations

import sys
from dataclasses import dataclass


@dataclass(frozen=True)
class System:
    """An operating system's habits; those of POSIX unless stated otherwise."""

    title: str
    """As its makers write it."""
    platform_name: str
    """platform.system()'s word."""
    slash: str = "/"
    list_separator: str = ":"
    """Between the folders of a variable such as PATH."""
    scripts: str = "bin"
    """The folder of an environment's programs."""
    python: str = "bin/python3"
    """The interpreter below its prefix."""
    program_ending: str = ""
    plain_locale: str = "en_US.UTF-8"
    """A locale of plain English that is always there."""
    temporary: tuple[str, ...] = ("TMPDIR",)
    """The variables that name the folder of temporary files."""


_SYSTEMS = {
    "linux": System("Linux", "Linux", plain_locale="C.UTF-8"),
    "darwin": System("macOS", "Darwin"),
    "win32": System(
        "Windows",
        "Windows",
        slash="\\",
        list_separator=";",
        scripts="Scripts",
        python="python.exe",
        program_ending=".exe",
        temporary=("TMPDIR", "TEMP", "TMP"),
    ),
}


def system_of(name: str) -> System:
    """Return the system that sys.platform calls so; one that is not known is like POSIX."""
    return _SYSTEMS.get(name) or System(name, name.capitalize())


HERE = system_of(sys.platform)
"""The system that buildfix runs on."""
