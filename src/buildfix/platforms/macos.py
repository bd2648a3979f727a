"""macOS."""

from __future__ import annotations

import platform
import re
from collections.abc import Iterator

from packaging import tags

from buildfix.core import Host
from buildfix.core.errors import CommandNotFound
from buildfix.machines.local import Machine
from buildfix.platforms.memory import Capacity
from buildfix.platforms.posix import Identity, Posix, named, process_cores


class MacOS(Posix):
    """A release of macOS."""

    loader_variable = "DYLD_LIBRARY_PATH"
    compiler = "clang"

    def identity(self) -> Identity:
        """Return the release of this system."""
        return named("macos", platform.mac_ver()[0])

    def capacity(self, machine: Machine) -> Capacity:
        """Return the cores and memory of this machine."""
        return Capacity(process_cores(), *memory(machine))

    def wheel_platforms(self, host: Host) -> Iterator[str]:
        """Yield the tags of every release up to the host's."""
        major, _, minor = (host.version or "13").partition(".")
        yield from tags.mac_platforms((int(major), int(minor or 0)), host.arch)

    def library_folders(self, arch: str, prefix: str) -> tuple[str, ...]:  # noqa: ARG002
        """Return the interpreter's own folder and Homebrew's."""
        return (f"{prefix}/lib", "/opt/homebrew/lib", "/usr/local/lib")


def memory(machine: Machine) -> tuple[int | None, int | None]:
    """Return total and available memory in bytes from sysctl(8) and vm_stat(1).

    Available is what is free, cached or purgeable. Swap is not counted: macOS creates it on demand,
    on the disk that the build writes to.
    """
    try:
        total = machine.run(["sysctl", "-n", "hw.memsize"]).stdout.strip()
        pages = machine.run(["vm_stat"]).stdout
    except CommandNotFound:
        return None, None
    size = re.search(r"page size of (\d+) bytes", pages)
    counts = dict(re.findall(r"^Pages ([a-z -]+): +(\d+)\.", pages, re.MULTILINE))
    kinds = ("free", "inactive", "speculative")
    known = size is not None and "free" in counts
    available = (
        sum(int(counts.get(kind, 0)) for kind in kinds) * int(size[1]) if known and size else None
    )
    return int(total) if total.isdigit() else None, available
