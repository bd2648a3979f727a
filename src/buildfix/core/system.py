"""How operating systems differ in the names of files and programs."""

from __future__ import annotations

import sys

from buildfix.core.light_dataclass import dataclass


@dataclass(frozen=True)
class System:
    """An operating system's conventions; those of POSIX unless stated otherwise."""

    title: str
    """Its official name."""
    platform_name: str
    """Its name in platform.system()."""
    slash: str = "/"
    list_separator: str = ":"
    """Separates the folders in a variable such as PATH."""
    scripts: str = "bin"
    """The folder of an environment's programs."""
    python: str = "bin/python3"
    """The path of the interpreter below its prefix."""
    program_ending: str = ""
    plain_locale: str = "en_US.UTF-8"
    """A plain English locale that always exists."""
    temporary: tuple[str, ...] = ("TMPDIR",)
    """The variables that name the folder for temporary files."""


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
    """Return the system with this name in sys.platform; unknown ones are like POSIX."""
    return _SYSTEMS.get(name) or System(name, name.capitalize())


HERE = system_of(sys.platform)
"""The system that buildfix runs on."""
