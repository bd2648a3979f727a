"""What rpm(8) itself tells, for every manager of rpm packages."""

from __future__ import annotations

from buildfix.machines.local import Machine
from buildfix.package_managers.output_parsing import lines_of


def installed(machine: Machine) -> frozenset[str]:
    """Return the names of the installed packages and the names that they provide.

    Not what they provide of files and interfaces: `libz.so.1()(64bit)`, `pkgconfig(zlib)`.
    """
    names = lines_of(machine, ["rpm", "-qa", "--queryformat", "%{NAME}\\n[%{PROVIDENAME}\\n]"])
    return frozenset(name for name in names if name and not {"(", "/"} & set(name))
