"""Runs builds on the workers of a Dask scheduler: the extra `buildfix[fleet]`.

A worker needs buildfix and what reaches the target. If workers declare a resource with the name of
a target (`dask worker --resources debian13-x86_64-cp313=1`), its builds run only there. A build
whose worker dies is done by another one.
"""

from __future__ import annotations

import ipaddress
import tempfile
from collections.abc import Callable, Generator, Mapping, Sequence
from pathlib import Path
from typing import Any

from buildfix.core.errors import BuildfixError, MachineError, UsageError
from buildfix.core.redaction import redacted
from buildfix.wheelhouse.local_engine import Ended, Task
from buildfix.wheelhouse.order import Ship
from buildfix.wheelhouse.unit import Around, Unit, make

SCHEME = "dask://"
_SECONDS = "30s"
Files = Mapping[str, bytes]
"""The files that a build left, by name."""


def run_on_workers(
    tasks: Sequence[Task], address: str, ship: Ship, keep: Callable[[Unit, Files], Any]
) -> Generator[Task | Ended]:
    """Yield each task when it is submitted, and its end; raises BuildfixError.

    What a build left comes to this machine, and `keep` returns the result for it.
    """
    distributed, client = _connected(address)
    with client:
        by_key = {task.key: task for task in tasks}
        futures: dict[str, Any] = {}
        last: dict[str, Any] = {}
        for task in in_order(tasks):
            before = [futures[key] for key in sorted(task.after) if key in futures]
            futures[task.key] = client.submit(
                make_files,
                task.unit,
                ship,
                before,
                last.get(task.group),
                key=task.key,
                pure=False,
                resources=_resources(client, task),
            )
            if not _unit(task).copied:
                last[task.group] = futures[task.key]
            yield task
        for future in distributed.as_completed(futures.values()):
            task = by_key[future.key]
            if future.status == "finished":
                yield Ended(task, keep(_unit(task), future.result()))
            else:
                why = redacted(str(future.exception()))
                yield Ended(task, error=BuildfixError(f"{task.title}: {why}"))


def make_files(
    unit: Unit,
    ship: Ship,
    before: Sequence[Files],
    last: Files | None = None,  # noqa: ARG001
) -> Files:
    """Build a unit on a worker, with the wheels of earlier ones; return the files it left.

    Dask starts it after the `last` build on a machine that does one thing after the other.
    """
    with tempfile.TemporaryDirectory(prefix="buildfix-") as name:
        folder = Path(name)
        home, results, wheels = folder / "home", folder / "results", folder / "wheels"
        for one in (home, results, wheels):
            one.mkdir()
        for file, content in ((file, files[file]) for files in before for file in files):
            if file.endswith(".whl"):
                (wheels / file).write_bytes(content)
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


def in_order(tasks: Sequence[Task]) -> list[Task]:
    """Return the tasks with those first that others wait for; cycles are broken."""
    waiting, found = list(tasks), dict[str, Task]()
    known = {task.key for task in tasks}
    while waiting:
        ready = (task for task in waiting if not (task.after & known) - found.keys())
        task = next(ready, waiting[0])
        waiting.remove(task)
        found[task.key] = task
    return list(found.values())


def _resources(client: Any, task: Task) -> dict[str, int]:
    """Return the resource of a target if any worker declares it."""
    name = _unit(task).target.name
    workers = client.scheduler_info(n_workers=-1)["workers"].values()
    return {name: 1} if any(name in one["resources"] for one in workers) else {}


def _unit(task: Task) -> Unit:
    if task.unit is None:
        raise ValueError(task.title)
    return task.unit
