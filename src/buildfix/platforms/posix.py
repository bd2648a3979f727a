"""POSIX, the base class of operating systems."""

from __future__ import annotations

import os
import platform
import sys
from collections.abc import Iterator

from buildfix.core import Host, Privilege
from buildfix.core.errors import CommandNotFound
from buildfix.core.light_dataclass import dataclass
from buildfix.machines.local import Machine
from buildfix.platforms.memory import Capacity


@dataclass(frozen=True)
class Identity:
    """A system's name and version, as in its recipe: os-release(5)'s on Linux."""

    id: str
    version: str
    title: str
    like: tuple[str, ...] = ()
    codename: str = ""


class Posix:
    """What buildfix asks of an operating system; about this one, unless a method takes a host."""

    loader_variable = "LD_LIBRARY_PATH"
    """The variable with folders for the loader."""
    looks_there_last = False
    """Whether the loader searches those last, after its own folders and those of wheels."""
    compiler = "gcc"
    """The family of its usual compiler, as Meson names it."""

    def identity(self) -> Identity:
        """Return this system's name and version."""
        return named(sys.platform.rstrip("0123456789"), platform.release())

    def libc(self) -> str:
        """Return the C library's name and version, if it reports them."""
        return ""

    def read_only(self) -> bool:
        """Return whether packages cannot be installed into the system itself."""
        return False

    def privilege(self, machine: Machine) -> Privilege:
        """Return how this process can become root."""
        if os.geteuid() == 0:
            return "root"
        try:
            answer = machine.run(["sudo", "-n", "true"])
        except CommandNotFound:
            return "none"
        return "sudo" if answer.returncode == 0 else "sudo-password"

    def capacity(self, machine: Machine) -> Capacity:  # noqa: ARG002
        """Return what a build may use here."""
        return Capacity(process_cores(), None, None)

    def wheel_platforms(self, host: Host) -> Iterator[str]:  # noqa: ARG002
        """Yield the platform tags of the wheels that a described host accepts, the best first."""
        yield from ()

    def header_folders(self, arch: str) -> tuple[str, ...]:  # noqa: ARG002
        """Return where compilers look for headers."""
        return ("/usr/local/include", "/usr/include")

    def library_folders(self, arch: str, prefix: str) -> tuple[str, ...]:  # noqa: ARG002
        """Return where the loader looks by default."""
        return ("/lib", "/usr/lib", "/usr/local/lib")


def named(name: str, version: str) -> Identity:
    """Return the identity of a system of which only name and version are known."""
    return Identity(name, version, f"{name} {version}".strip())


def process_cores() -> int:
    """Return the cores that this process may use, if Python can tell (3.13 and later)."""
    count = getattr(os, "process_cpu_count", os.cpu_count)()
    return int(count or 1)
