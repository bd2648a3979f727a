"""Whether a build stands still for want of memory, though the kernel kills nothing (Linux).

Where little memory is left and there is no swap, the kernel drops pages of programs and files that
are needed again at once, and reads them back: the build runs a hundred times slower, or never ends.

A control group of version 2 tells by its pressure (`memory.pressure`; the kernel's psi.rst). Else
two things must come together. Pages are read back that were dropped shortly before
(`workingset_refault_*` in memory.stat and /proc/vmstat, cgroup-v2.rst): a slow disk, from which
things are read for the first time, has none of these, though it has many major faults. And the
build's processes get nothing done: they want to run and spend hardly any time in their own code. A
busy processor slows them, too, but drops no pages.
"""

from __future__ import annotations

import os
import time
from collections import deque
from collections.abc import Callable
from pathlib import Path

from buildfix.core.light_dataclass import dataclass
from buildfix.machines.process_table import in_session
from buildfix.platforms.control_groups import (
    THIS_ROOT,
    group_folders,
    is_limited,
    linux_capacity,
    read_fields,
)

WINDOW = 30.0
"""Seconds that a build must stand still: systemd-oomd's default (oomd.conf(5)). A compiler that
starts with little memory left refaults for a second or two."""
_FULL = 0.6
"""The share of it in which nothing in the group could run for want of memory: its default, too."""
_REFAULTS = 100
"""Pages read back each second. Measured: 3400 with three jobs that thrashed on an SSD, 0 where they
read the same files for the first time. A hard disk manages about 100 reads a second."""
_HEADWAY = 0.25
"""The share of the time that running processes spend in their own code, below which they make no
headway. Measured: 0.03 where they thrash; near 1 where they compile."""
_GUILTY = 4
"""Without a group of its own, a build with less than a fourth of the memory is not to blame."""


@dataclass(frozen=True)
class Tree:
    """A session's processes at one moment."""

    user_seconds: float
    """Spent in their own code so far, by those that have ended, too."""
    wanting: int
    """How many run or wait for the disk."""
    resident: int
    """Bytes."""


@dataclass(frozen=True)
class _Sample:
    at: float
    pressure: float | None
    """Seconds in which nothing in the group could run, so far; None: not told."""
    refaults: int | None
    tree: Tree


def session_tree(session: int) -> Tree:
    """Return what /proc tells of a session's processes (proc_pid_stat(5))."""
    ticks, wanting, pages = 0, 0, 0
    for fields in in_session(session):
        ticks += int(fields[11]) + int(fields[13])
        wanting += fields[0] in (b"R", b"D")
        pages += int(fields[21])
    seconds = ticks / os.sysconf("SC_CLK_TCK")
    return Tree(seconds, wanting, pages * os.sysconf("SC_PAGE_SIZE"))


class Thrashing:
    """Called again and again while a build runs, says once that it stands still."""

    def __init__(
        self,
        root: Path = THIS_ROOT,
        clock: Callable[[], float] = time.monotonic,
        tree: Callable[[int], Tree] = session_tree,
    ):
        """Look at the machine below `root`."""
        self._root, self._clock, self._tree = root, clock, tree
        self._group = next(group_folders(root, "memory"), None)
        self._limited = is_limited(root)
        self._samples: deque[_Sample] = deque()

    def __call__(self, session: int) -> bool:
        """Return whether the processes of a session have stood still for the whole window."""
        now = self._clock()
        if self._samples and now - self._samples[-1].at < 1:
            return False
        self._samples.append(_Sample(now, self._pressure(), self._refaults(), self._tree(session)))
        while len(self._samples) > 2 and now - self._samples[1].at >= WINDOW:
            self._samples.popleft()
        first, last = self._samples[0], self._samples[-1]
        return last.at - first.at >= WINDOW and self._stands_still(first, last)

    def _stands_still(self, first: _Sample, last: _Sample) -> bool:
        seconds = last.at - first.at
        if first.pressure is not None and last.pressure is not None:
            return last.pressure - first.pressure >= _FULL * seconds
        if first.refaults is None or last.refaults is None:
            return False
        if last.refaults - first.refaults < _REFAULTS * seconds:
            return False
        wanting = sum(one.tree.wanting for one in self._samples) / len(self._samples)
        done = last.tree.user_seconds - first.tree.user_seconds
        return done < _HEADWAY * seconds * wanting and self._is_guilty(last.tree)

    def _is_guilty(self, tree: Tree) -> bool:
        """Return whether the build is to blame: the numbers are its group's, or it holds much."""
        total = linux_capacity(self._root).total
        return self._limited or total is None or tree.resident * _GUILTY >= total

    def _pressure(self) -> float | None:
        """Return the group's pressure in seconds, None where it does not tell."""
        words = read_fields(self._group / "memory.pressure").get("full") if self._group else None
        total = next((word for word in words or () if word.startswith("total=")), None)
        return int(total.partition("=")[2]) / 1e6 if total else None

    def _refaults(self) -> int | None:
        """Return the pages that were read back so far, by the group or by all; None: not told."""
        places = [self._group / "memory.stat"] if self._limited and self._group else []
        for place in (*places, self._root / "proc/vmstat"):
            fields = read_fields(place)
            for prefix in ("total_workingset_refault", "workingset_refault"):
                kinds = (f"{prefix}_file", f"{prefix}_anon", prefix)
                found = [int(fields[kind][0]) for kind in kinds if fields.get(kind)]
                if found:
                    return sum(found)
        return None
