"""What a build may use of a machine, in bytes and cores."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Capacity:
    """What a build may use."""

    cores: int
    total: int | None
    """The memory of the machine, or of the narrowest control group; None: not told."""
    available: int | None
    """What is free of it, with the part of the swap that counts; None: not told."""


def counted_swap(free: int, swap: int) -> int:
    """Return how much of the free swap to count on: half of it, and no more than half the memory.

    A compiler that works in swap gets nowhere; what idles meanwhile (the shell, the parents of the
    compilers) can be moved there, so that some of it is as good as memory.
    """
    return min(swap // 2, free // 2)
