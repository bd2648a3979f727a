"""FreeBSD."""

from __future__ import annotations

from buildfix.core.errors import CommandNotFound
from buildfix.machines.local import Machine
from buildfix.platforms.memory import Capacity
from buildfix.platforms.posix import Posix, process_cores

_NUMBERS = ("hw.physmem", "hw.pagesize", "vm.stats.vm.v_free_count", "vm.stats.vm.v_inactive_count")


class FreeBSD(Posix):
    """A release of FreeBSD; ports are installed below /usr/local."""

    compiler = "clang"

    def capacity(self, machine: Machine) -> Capacity:
        """Return the cores and memory of this machine."""
        return Capacity(process_cores(), *memory(machine))


def memory(machine: Machine) -> tuple[int | None, int | None]:
    """Return total and available memory in bytes from sysctl(8): free and inactive."""
    try:
        lines = machine.run(["sysctl", "-n", *_NUMBERS]).stdout.split()
    except CommandNotFound:
        return None, None
    if len(lines) != len(_NUMBERS) or not all(line.isdigit() for line in lines):
        return None, None
    total, page, free, inactive = map(int, lines)
    return total, (free + inactive) * page
