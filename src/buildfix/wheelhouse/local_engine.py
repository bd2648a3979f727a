"""Runs tasks side by side on this machine, each after those that it waits for."""

from __future__ import annotations

import signal
from collections.abc import Callable, Collection, Generator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from typing import Any

from buildfix.machines.interrupts import Interrupts
from buildfix.wheelhouse.unit import Unit


@dataclass(frozen=True)
class Task:
    """One piece of work."""

    key: str
    title: str
    """What it does, as in `Build psutil 7.0.0`."""
    run: Callable[[], Any]
    after: frozenset[str] = frozenset()
    """The tasks that must have ended before, however they did."""
    group: str = ""
    """What it takes a slot of."""
    unit: Unit | None = None
    """The build that it is, if it can be done by another machine."""


@dataclass(frozen=True)
class Ended:
    """A task that has ended."""

    task: Task
    result: Any = None
    error: Exception | None = None


def run_tasks(
    tasks: Sequence[Task], slots: Mapping[str, int], interrupts: Interrupts
) -> Generator[Task | Ended]:
    """Yield each task when it starts, and its end; the order of tasks is that of preference.

    A group has so many `slots`. A KeyboardInterrupt is noted in `interrupts` for the tasks that
    run, and raised again once they have ended.
    """
    waiting, running = list(tasks), dict[Future[Any], Task]()
    with ThreadPoolExecutor(sum(slots.values())) as pool:
        try:
            while waiting or running:
                ready = ready_tasks(waiting, running.values(), slots)
                for task in ready or (() if running else waiting[:1]):  # they wait for each other
                    waiting.remove(task)
                    running[pool.submit(task.run)] = task
                    yield task
                for future in wait(running, return_when=FIRST_COMPLETED).done:
                    yield _ended(running.pop(future), future)
        except BaseException:
            interrupts.count += 1
            interrupts.last = signal.SIGINT
            raise


def ready_tasks(
    waiting: Sequence[Task], running: Collection[Task], slots: Mapping[str, int]
) -> list[Task]:
    """Return the tasks that can start beside those that run; a group has so many `slots`."""
    taken: dict[str, int] = {}
    for task in running:
        taken[task.group] = taken.get(task.group, 0) + 1
    unfinished = {task.key for task in (*waiting, *running)}
    found = []
    for task in waiting:
        if taken.get(task.group, 0) < slots[task.group] and not task.after & unfinished:
            taken[task.group] = taken.get(task.group, 0) + 1
            found.append(task)
    return found


def _ended(task: Task, future: Future[Any]) -> Ended:
    error = future.exception()
    if error is None:
        return Ended(task, future.result())
    if not isinstance(error, Exception):
        raise error
    return Ended(task, error=error)
