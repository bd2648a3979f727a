"""What a build may use of a machine, in bytes and cores."""

from __future__ import annotations

from buildfix.core.light_dataclass import dataclass


@dataclass(frozen=True)
class Capacity:
    """What a build may use."""

    cores: int
    total: int | None
    """The memory of the machine, or of the smallest control group; None if unknown."""
    available: int | None
    """The free part of it, with the share of swap that counts; None if unknown."""


def counted_swap(free: int, swap: int) -> int:
    """Return how much free swap to count: half of it, and at most half the memory.

    A compiler that works in swap makes no progress; but idle processes (the shell, the compilers'
    parents) can be moved there, so that part of it is as good as memory.
    """
    return min(swap // 2, free // 2)
