"""Runs builds on the workers of a Dask scheduler: the extra `buildfix[fleet]`.

A worker needs buildfix and what reaches the target. If workers declare a resource with the name of
a target (`dask worker --resources debian13-x86_64-cp313=1`), its builds run only there. A build
whose worker dies is done by another one.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Generator, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from buildfix.core.errors import BuildfixError, MachineError, UsageError
from buildfix.core.redaction import redacted
from buildfix.engine.temporary_folders import scratch
from buildfix.wheelhouse.local_engine import Ended, Task, ready_tasks
from buildfix.wheelhouse.order import Ship
from buildfix.wheelhouse.unit import Around, Unit, make

SCHEME = "dask://"
_SECONDS = "30s"
Files = Mapping[str, bytes]
"""The files that a build left, by name."""


def run_on_workers(
    tasks: Sequence[Task],
    address: str,
    ship: Ship,
    keep: Callable[[Unit, Files], Any],
    wheels: Callable[[Unit], Iterable[Path]],
) -> Generator[Task | Ended]:
    """Yield each task when it is submitted, and its end; raises BuildfixError.

    What a build left comes to this machine, and `keep` returns the result for it. A build is given
    the `wheels` that are here when it is submitted. So nothing is left on a worker that another
    build needs, and the death of a worker takes only the build that it is doing.
    """
    distributed, client = _connected(address)
    waiting, running = list(tasks), dict[str, Task]()
    slots = {one.group: len(tasks) if _unit(one).copied else 1 for one in tasks}
    with client:
        ends = distributed.as_completed(loop=client.loop)
        while waiting or running:
            ready = ready_tasks(waiting, running.values(), slots)
            for task in ready or (() if running else waiting[:1]):  # they wait for each other
                waiting.remove(task)
                running[task.key] = task
                ends.add(_submitted(client, task, ship, wheels))
                yield task
            future = next(ends)
            task = running.pop(future.key)
            yield _ended(task, future, keep)
            future.release()


def _submitted(
    client: Any, task: Task, ship: Ship, wheels: Callable[[Unit], Iterable[Path]]
) -> Any:
    """Return the future of a build; its memory on the worker is free once it is released."""
    given = {path.name: path.read_bytes() for path in wheels(_unit(task))}
    resources = _resources(client, task)
    words = (task.unit, ship, given)
    return client.submit(make_files, *words, key=task.key, pure=False, resources=resources)


def _ended(task: Task, future: Any, keep: Callable[[Unit, Files], Any]) -> Ended:
    if future.status == "finished":
        return Ended(task, keep(_unit(task), future.result()))
    lost = "the connection to the scheduler was lost"
    why = redacted(str(future.exception())) if future.status == "error" else lost
    return Ended(task, error=BuildfixError(f"{task.title}: {why}"))


def make_files(unit: Unit, ship: Ship, given: Files) -> Files:
    """Build a unit on a worker, with the wheels that are given; return the files it left."""
    with scratch() as folder:
        home, results, wheels = folder / "home", folder / "results", folder / "wheels"
        for one in (home, results, wheels):
            one.mkdir()
        for name, content in given.items():
            (wheels / name).write_bytes(content)
        make(unit, Around(ship, tuple(sorted(wheels.iterdir()))), home, results)
        return {path.name: path.read_bytes() for path in results.iterdir() if path.is_file()}


def scheduler_address(engine: str) -> str:
    """Return the address for Dask of `dask://HOST:PORT`: with TLS unless it is on loopback."""
    host, _, port = engine.removeprefix(SCHEME).rpartition(":")
    if not engine.startswith(SCHEME) or not host or not port.isdecimal():
        raise UsageError(
            f"{engine!r} is not an engine.", do=f"Use local or {SCHEME}HOST:PORT, of a scheduler."
        )
    return f"{'tcp' if _is_loopback(host) else 'tls'}://{host}:{port}"


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host == "localhost"


def _connected(address: str) -> tuple[Any, Any]:
    try:
        import distributed
    except ImportError as error:
        raise UsageError(
            "The engine dask:// needs Dask distributed.", do="Install buildfix[fleet]."
        ) from error
    try:
        return distributed, distributed.Client(address, timeout=_SECONDS)
    except (OSError, ValueError, TypeError) as error:  # TypeError: no certificates for TLS
        raise MachineError(
            f"Cannot connect to the scheduler at {address}: {error}.",
            do="Set distributed.comm.tls in Dask's configuration for TLS.",
        ) from error


def _resources(client: Any, task: Task) -> dict[str, int]:
    """Return the resource of a target if any worker declares it."""
    name = _unit(task).target.name
    workers = client.scheduler_info(n_workers=-1)["workers"].values()
    return {name: 1} if any(name in one["resources"] for one in workers) else {}


def _unit(task: Task) -> Unit:
    if task.unit is None:
        raise ValueError(task.title)
    return task.unit
