"""Windows."""

from __future__ import annotations

import os
import platform
import struct
import sys
from collections.abc import Iterator

from buildfix.core import Host, Privilege
from buildfix.machines.local import Machine
from buildfix.platforms.memory import Capacity, counted_swap
from buildfix.platforms.posix import Identity, Posix, named, process_cores

_WHEEL_PLATFORM = {"x86_64": "win_amd64", "AMD64": "win_amd64", "arm64": "win_arm64"}
_MEMORYSTATUSEX = struct.Struct("<LL7Q")
"""dwLength, dwMemoryLoad; total and available: physical, page file (the commit limit), virtual;
available extended virtual (sysinfoapi.h)."""


class Windows(Posix):
    """A release of Windows."""

    loader_variable = "PATH"
    looks_there_last = True
    compiler = "msvc"

    def identity(self) -> Identity:
        """Return the release that this is; a server's is called as the desktop's that it is."""
        return named("windows", platform.release().removesuffix("Server"))

    def privilege(self, machine: Machine) -> Privilege:  # noqa: ARG002
        """Return root for an administrator's elevated process."""
        if sys.platform != "win32":
            return "none"
        import ctypes

        return "root" if ctypes.windll.shell32.IsUserAnAdmin() else "none"

    def capacity(self, machine: Machine) -> Capacity:  # noqa: ARG002
        """Return the cores and memory of this machine."""
        return Capacity(process_cores(), *memory(_global_memory_status()))

    def wheel_platforms(self, host: Host) -> Iterator[str]:
        """Yield the one tag of the host's processor."""
        yield _WHEEL_PLATFORM.get(host.arch, "win32")

    def library_folders(self, arch: str, prefix: str) -> tuple[str, ...]:  # noqa: ARG002
        """Return the interpreter's own folders, conda's, and the system's."""
        root = os.environ.get("SYSTEMROOT", "C:\\Windows")
        return (prefix, f"{prefix}\\DLLs", f"{prefix}\\Library\\bin", f"{root}\\System32")


def memory(status: bytes) -> tuple[int | None, int | None]:
    """Return total and available memory from a MEMORYSTATUSEX; none where it is empty.

    What can still be committed bounds all else. Beyond the physical memory it lies in the page
    file, which counts as swap does on Linux.
    """
    if len(status) != _MEMORYSTATUSEX.size:
        return None, None
    _, _, total, free, _, committable, *_ = _MEMORYSTATUSEX.unpack(status)
    swap = max(0, committable - free)
    return total, min(free + counted_swap(free, swap), committable)


def _global_memory_status() -> bytes:
    if sys.platform != "win32":
        return b""
    import ctypes

    buffer = ctypes.create_string_buffer(_MEMORYSTATUSEX.size)
    struct.pack_into("<L", buffer, 0, _MEMORYSTATUSEX.size)
    return buffer.raw if ctypes.windll.kernel32.GlobalMemoryStatusEx(buffer) else b""
