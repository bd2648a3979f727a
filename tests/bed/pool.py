"""Work in several roots at the same time, ended cleanly whatever happens."""

from __future__ import annotations

import os
import queue
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from tests.bed.mounts import stop_all

_T = TypeVar("_T")


def at_once(
    tasks: Sequence[Callable[[], _T]], workers: int = 1, *, cores: Sequence[int] = ()
) -> list[_T]:
    """Do the tasks, some at the same time, and return what they return, in their order.

    Where `cores` are given, one worker has one of them for itself and for all that it starts:
    Linux keeps the affinity by thread, and a child process takes its thread's over.
    Where anything raises, or the process is told to end, what runs in the roots is killed.
    """
    free: queue.SimpleQueue[int] = queue.SimpleQueue()
    for core in cores:
        free.put(core)

    def settle() -> None:
        if cores:
            os.sched_setaffinity(0, {free.get()})

    with ThreadPoolExecutor(len(cores) or workers, initializer=settle) as pool:
        try:
            futures = [pool.submit(task) for task in tasks]
            return [future.result() for future in futures]
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            stop_all()
            raise
