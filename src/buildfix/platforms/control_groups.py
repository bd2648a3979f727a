"""How much memory and how many cores a build may use on Linux, and whether the kernel killed.

Every number is what this process may use, not what the machine has: control groups (versions 1 and
2, up to the root), CPU affinity and quota, swap policy and resource limits all count. Everything is
read from files below `root`, so that tests can use recorded machines.
"""

from __future__ import annotations

import contextlib
import os
import re
from collections.abc import Iterator, Mapping
from pathlib import Path

from buildfix.core.light_dataclass import dataclass
from buildfix.platforms.memory import Capacity, counted_swap

THIS_ROOT = Path("/")
_UNLIMITED = 1 << 60
"""Version 1 writes "no limit" as the largest page-aligned number, 0x7FFFFFFFFFFFF000."""
_OCTAL = re.compile(r"\\([0-7]{3})")
_LIMITS = {"Max address space": "as", "Max data size": "data"}


@dataclass(frozen=True)
class _Group:
    """One level of a control group's path, with its limits."""

    limit: int | None
    used: int
    """Bytes in use, without the file pages that the kernel would drop first."""
    swap_room: int | None
    """How much it may still swap; None: no limit."""

    @property
    def room(self) -> int:
        """Return how many bytes can be allocated before the limit is reached."""
        return _UNLIMITED if self.limit is None else max(0, self.limit - self.used)


def linux_capacity(root: Path = THIS_ROOT) -> Capacity:
    """Return what the process whose /proc/self is below `root` may use."""
    total, free, swap = _machine_memory(root)
    groups = list(_memory_groups(root))
    if total is not None:
        total = min([total, *(group.limit for group in groups if group.limit is not None)])
    if free is not None:
        free = min([free, *(group.room for group in groups)])
        rooms = (group.swap_room for group in groups if group.swap_room is not None)
        free += counted_swap(free, min([swap, *rooms]))
        free = min([free, *_resource_limits(root)])
    return Capacity(_cores(root), total, free)


def _machine_memory(root: Path) -> tuple[int | None, int | None, int]:
    """Return total, available memory and free swap (proc_meminfo(5))."""
    sizes = {
        name: int(words[0]) * 1024
        for name, words in read_fields(root / "proc/meminfo").items()
        if words and words[0].isdigit()
    }
    # MemAvailable exists since Linux 3.14.
    before = sum(sizes.get(name, 0) for name in ("MemFree", "Buffers", "Cached"))
    available = sizes.get("MemAvailable", before if "MemFree" in sizes else None)
    return sizes.get("MemTotal"), available, sizes.get("SwapFree", 0)


def _resource_limits(root: Path) -> Iterator[int]:
    """Yield the soft limits on address space and data (getrlimit(2)), if any.

    They apply to each process, but whoever sets them (a batch system) means the whole job.
    """
    for line in _text(root / "proc/self/limits").splitlines():
        name = line[:25].strip()
        soft = line[25:].split()[:1]
        if name in _LIMITS and soft and soft[0].isdigit():
            yield int(soft[0])


def is_limited(root: Path = THIS_ROOT) -> bool:
    """Return whether a control group limits the memory of this process."""
    return any(group.limit is not None for group in _memory_groups(root))


def _memory_groups(root: Path) -> Iterator[_Group]:
    """Yield the limits of this process's memory control groups, from its own up to the root."""
    for folder in group_folders(root, "memory"):
        if (folder / "memory.limit_in_bytes").is_file():
            yield _group_version_1(folder)
        elif (folder / "memory.max").is_file():
            yield _group_version_2(folder)


def _group_version_2(folder: Path) -> _Group:
    """Read cgroup-v2.rst's memory.max; above memory.high, processes are throttled to a halt."""
    limits = (_number(folder / name) for name in ("memory.max", "memory.high"))
    known = [limit for limit in limits if limit is not None]
    swap = _number(folder / "memory.swap.max")
    held = _number(folder / "memory.current") or 0
    reclaimable = _stat(folder, "inactive_file")
    return _Group(
        limit=min(known) if known else None,
        used=max(0, held - reclaimable),
        swap_room=None
        if swap is None
        else max(0, swap - (_number(folder / "memory.swap.current") or 0)),
    )


def _group_version_1(folder: Path) -> _Group:
    """Read cgroup-v1/memory.rst's limits; memsw is memory and swap together."""
    limit = _number(folder / "memory.limit_in_bytes")
    held = _number(folder / "memory.usage_in_bytes") or 0
    both = _number(folder / "memory.memsw.limit_in_bytes")
    swap_room = None
    if _number(folder / "memory.swappiness") == 0:
        swap_room = 0
    elif both is not None and limit is not None:
        swapped = (_number(folder / "memory.memsw.usage_in_bytes") or held) - held
        swap_room = max(0, both - limit - swapped)
    return _Group(limit, max(0, held - _stat(folder, "total_inactive_file")), swap_room)


def _cores(root: Path) -> int:
    """Return how many cores this process may use: its affinity, and its quota rounded up."""
    allowed = read_fields(root / "proc/self/status").get("Cpus_allowed_list", [])
    cores = _counted("".join(allowed)) or os.cpu_count() or 1
    quotas = (_quota(folder) for folder in group_folders(root, "cpu"))
    return max(1, min([cores, *(quota for quota in quotas if quota)]))


def _quota(folder: Path) -> int | None:
    """Return a control group's CPU quota in cores, rounded up; None if it has none."""
    words = _text(folder / "cpu.max").split()
    if not words:
        words = [_text(folder / f"cpu.cfs_{name}_us").strip() for name in ("quota", "period")]
    if len(words) != 2 or not all(word.isdigit() and int(word) for word in words):
        return None
    quota, period = map(int, words)
    return -(-quota // period)


def _counted(cpus: str) -> int:
    """Return how many CPUs a list such as `0-3,8` contains."""
    count = 0
    for part in filter(None, cpus.split(",")):
        first, _, last = part.partition("-")
        count += int(last or first) - int(first) + 1
    return count


def oom_kills(root: Path = THIS_ROOT) -> int | None:
    """Return how often the kernel killed processes because memory ran out; None if unknown.

    It counts this process's control group, or else the whole machine (proc_vmstat(5)).
    """
    for folder in group_folders(root, "memory"):
        for name in ("memory.events", "memory.oom_control"):
            words = read_fields(folder / name).get("oom_kill")
            if words:
                return int(words[0])
    words = read_fields(root / "proc/vmstat").get("oom_kill")
    return int(words[0]) if words else None


def group_folders(root: Path, controller: str) -> Iterator[Path]:
    """Yield the folders of this process's control groups that have a controller, upwards.

    Version 1 folders mounted for that controller, and version 2 folders (their files show which
    controllers they have), from proc_pid_cgroup(5) and proc_pid_mountinfo(5).
    """
    paths = _group_paths(root)
    for mounted, point, kind, options in _mounts(root):
        if kind == "cgroup2":
            path = paths.get("")
        elif kind == "cgroup" and controller in options:
            path = paths.get(controller)
        else:
            continue
        top = root / point.lstrip("/")
        if path is not None:
            yield from _upwards(top, _below(path, mounted))


def _group_paths(root: Path) -> dict[str, str]:
    """Return this process's path in each hierarchy, by controller; that of version 2 is ""."""
    paths = {}
    for line in _text(root / "proc/self/cgroup").splitlines():
        number, _, rest = line.partition(":")
        controllers, _, path = rest.partition(":")
        for name in controllers.split(",") if number != "0" else ("",):
            paths[name] = path
    return paths


def _mounts(root: Path) -> Iterator[tuple[str, str, str, list[str]]]:
    """Yield the mounts of control group file systems: root, mount point, type, options."""
    for line in _text(root / "proc/self/mountinfo").splitlines():
        before, _, after = line.partition(" - ")
        fields, kind = before.split(" "), after.split(" ")
        if kind[0].startswith("cgroup") and len(fields) > 4:
            yield _unescaped(fields[3]), _unescaped(fields[4]), kind[0], kind[-1].split(",")


def _below(path: str, mounted: str) -> str:
    """Return a group's path below the mounted folder; "" if it is outside."""
    if mounted == "/":
        return path.strip("/")
    inside = path == mounted or path.startswith(f"{mounted}/")
    return path[len(mounted) :].strip("/") if inside else ""


def _upwards(top: Path, path: str) -> Iterator[Path]:
    """Yield the folder of a group, then its parents up to `top`.

    For a path outside the namespace (`/../x`: the process was moved) only `top` is yielded.
    """
    parts = [] if ".." in path.split("/") else [part for part in path.split("/") if part]
    for depth in range(len(parts), -1, -1):
        folder = top.joinpath(*parts[:depth])
        if folder.is_dir():
            yield folder


def _stat(folder: Path, name: str) -> int:
    words = read_fields(folder / "memory.stat").get(name)
    return int(words[0]) if words else 0


def _number(path: Path) -> int | None:
    """Return the number in a file; None if there is no file, or no limit."""
    text = _text(path).strip()
    if not text.isdigit() or int(text) >= _UNLIMITED:
        return None
    return int(text)


def read_fields(path: Path) -> Mapping[str, list[str]]:
    """Return the words after the first word of each line; empty if the file is unreadable."""
    rows = (line.replace(":", " ", 1).split() for line in _text(path).splitlines())
    return {row[0]: row[1:] for row in rows if row}


def _text(path: Path) -> str:
    with contextlib.suppress(OSError):
        return path.read_text(encoding="utf-8", errors="replace")
    return ""


def _unescaped(field: str) -> str:
    return _OCTAL.sub(lambda match: chr(int(match[1], 8)), field)
