"""Work in several roots at the same time, ended cleanly whatever happens."""

from __future__ import annotations

import os
import queue
import signal
import sys
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from tests.bed.mounts import stop_all

_T = TypeVar("_T")


def end_on_term() -> None:
    """Let SIGTERM end this process as an exception does, and a second one not disturb that."""

    def end(*_: object) -> None:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        sys.exit(143)

    signal.signal(signal.SIGTERM, end)


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
