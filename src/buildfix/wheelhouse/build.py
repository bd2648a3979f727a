"""Builds for all targets: resolve, then build and download, then lay out and prove."""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Generator, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from buildfix.core.errors import BuildfixError, UsageError
from buildfix.machines.interrupts import Interrupts
from buildfix.wheelhouse.finish import finish
from buildfix.wheelhouse.local_engine import Ended, Task, run_tasks
from buildfix.wheelhouse.order import Order, Ship
from buildfix.wheelhouse.portable import check_portable
from buildfix.wheelhouse.store import UNIT, Store, read_json
from buildfix.wheelhouse.target import Distribution, ResolvedTarget, Target, resolved
from buildfix.wheelhouse.trip import can_be_copied, carry_out, opened
from buildfix.wheelhouse.unit import Around, Unit, keep, make

_HERE = "here"
"""The group of what shares this machine's cores."""
_MEMORY_FOR_ONE = 3 << 29
"""Bytes that must be free for each further build."""


@dataclass(frozen=True)
class Site:
    """A target that is resolved, and how it is worked on."""

    target: ResolvedTarget
    copied: bool
    """Whether each order gets a throw-away copy, so that the machine is never changed."""

    @property
    def group(self) -> str:
        """What its builds share: a machine that is not copied does one thing after the other."""
        return _HERE if self.copied else self.target.target.machine

    def slots(self) -> int:
        """Return how many builds may run at once."""
        facts = self.target.facts
        return max(1, min(facts["cores"], facts["memory"] // _MEMORY_FOR_ONE)) if self.copied else 1


@dataclass(frozen=True)
class Workers:
    """The machines that build, if this one does not."""

    address: str
    """That of their scheduler."""
    ship: Ship
    """Puts orders together there, without the files of this machine."""


@dataclass
class Run:
    """One run over a wheelhouse."""

    store: Store
    ship: Ship
    scratch: Path
    """A folder of this machine for copies and results."""
    workers: Workers | None = None
    interrupts: Interrupts = field(default_factory=Interrupts)
    layers: dict[str, tuple[Path, frozenset[str]]] = field(default_factory=dict)
    """The changes that later copies of a target lie over, and what they provide."""
    cache: str | None = None
    """The folder for compiled objects, as a unit has it."""
    portable: str = ""
    """The platform that built wheels are made portable for; empty: they stay as they are."""

    def folder(self, name: str) -> Path:
        """Return a new, empty folder."""
        folder = self.scratch / name
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        return folder


def resolve(run: Run, target: Target, requirements: Sequence[str]) -> Site:
    """Return what an install would take on a target; raises BuildfixError."""
    home = run.folder("resolve")
    copied = can_be_copied(target, home)
    home, results = run.folder("resolve"), run.folder("resolve-results")
    order = Order("resolve", tuple(requirements), target.python)
    with opened(target, home, copied=copied) as (machine, _):
        answer = carry_out(machine, order, run.ship, results, run.interrupts)
    found = resolved(target, answer.document, run.portable)
    if run.portable:
        check_portable(run.portable, found.facts)
    return Site(found, copied)


def check_names(sites: Sequence[Site]) -> None:
    """Raise UsageError if the last of the targets has the name, and so the folder, of another."""
    *others, last = (site.target for site in sites)
    for other in others:
        if other.name == last.name:
            raise UsageError(
                f"--target {other.target} and --target {last.target} are both {last.name}.",
                do="Name only one of them: they can use the same wheels.",
            )


def build(run: Run, sites: Sequence[Site]) -> Iterator[Task | Ended]:
    """Do all that is not done yet; yields each task when it starts and when it has ended.

    The result of the last task of a target, whose key is the target's name, is its report.
    """
    tasks = [task for site in sites for task in tasks_of(run, site)]
    if run.workers:
        yield from _on_workers(run, run.workers, [task for task in tasks if task.unit])
        tasks = [task for task in tasks if not task.unit]
    slots: dict[str, int] = {}
    for site in sites:
        slots[site.group] = max(slots.get(site.group, 1), site.slots())
    yield from run_tasks(tasks, slots, run.interrupts)


def tasks_of(run: Run, site: Site) -> Iterator[Task]:
    """Yield the tasks for a target: builds, with the one first that others build upon."""
    target = site.target
    todo = [one for one in target.builds if not run.store.wheel_of(target.name, target.key(one))]
    first = _first(todo) if site.copied and not run.workers else None
    jobs = max(1, target.facts["cores"] // site.slots())
    keys = {one.name: target.key(one) for one in todo}
    for one in sorted(todo, key=lambda one: one is not first):
        unit = Unit(target, one, jobs, site.copied, run.cache)
        title = f"Build {one.name} {one.version} for {target.name}"
        after = frozenset(keys[name] for name in _waits_for(one, todo, first))
        work = partial(_build, run, unit, one is first)
        yield Task(unit.key, title, work, after, site.group, unit)
    last = partial(_finish, run, site, frozenset(keys))
    title = f"Install on {target.name}"
    yield Task(target.name, title, last, frozenset(keys.values()), site.group)


def _waits_for(
    one: Distribution, todo: Sequence[Distribution], first: Distribution | None
) -> frozenset[str]:
    """Return the projects that are built before one: what it requires, and what it lies over."""
    found = {other.name for other in todo if other.name in one.requires}
    if first and set(first.needs) <= set(one.needs):
        found.add(first.name)
    return frozenset(found - {one.name})


def _first(todo: Sequence[Distribution]) -> Distribution | None:
    """Return the build whose packages most others need too: the one that needs least."""
    return min((one for one in todo if one.needs), key=lambda one: len(one.needs), default=None)


def _on_workers(run: Run, workers: Workers, tasks: Sequence[Task]) -> Generator[Task | Ended]:
    """Build on other machines; what another run builds meanwhile is waited for."""
    from buildfix.wheelhouse.dask_engine import run_on_workers

    with contextlib.ExitStack() as stack:
        for task in sorted(tasks, key=lambda one: one.key):
            name = task.unit.target.name if task.unit else ""
            stack.enter_context(run.store.locked(f"{name}-{task.key}"))
        todo = [task for task in tasks if task.unit and not _is_kept(run, task.unit)]
        yield from run_on_workers(
            todo, workers.address, workers.ship, partial(_keep, run), partial(_required, run)
        )


def _is_kept(run: Run, unit: Unit) -> bool:
    return run.store.wheel_of(unit.target.name, unit.key) is not None


def _keep(run: Run, unit: Unit, files: Mapping[str, bytes]) -> Mapping[str, Any]:
    """Keep what came from another machine."""
    results = run.folder(f"{unit.key}-results")
    for name, content in files.items():
        (results / name).write_bytes(content)
    return {**keep(unit, run.store, results), "how": "built"}


def _build(run: Run, unit: Unit, first: bool) -> Mapping[str, Any]:
    """Build one unit, unless another run has done so meanwhile."""
    name, key = unit.target.name, unit.key
    with run.store.locked(f"{name}-{key}"):
        if _is_kept(run, unit):
            return {**read_json(run.store.unit(name, key) / UNIT), "how": "kept"}
        home, results = run.folder(key), run.folder(f"{key}-results")
        around = Around(run.ship, _built(run, unit.target), _layers(run, unit), run.interrupts)
        changes = make(unit, around, home, results)
        facts = keep(unit, run.store, results)
        if first and changes and facts["outcome"] == "installed":
            run.layers[name] = (changes, frozenset(unit.distribution.needs))
        else:
            shutil.rmtree(home, ignore_errors=True)
        return {**facts, "how": "built"}


def _layers(run: Run, unit: Unit) -> tuple[Path, ...]:
    """Return the changes of the first build if this one needs all of that too."""
    changes, provided = run.layers.get(unit.target.name, (None, frozenset()))
    return (changes,) if changes and provided <= set(unit.distribution.needs) else ()


def _required(run: Run, unit: Unit) -> Iterator[Path]:
    """Yield the wheels that were built for what a build requires, directly or not."""
    target = unit.target
    builds = {one.name: one for one in target.builds}
    found, waiting = set[str](), set(unit.distribution.requires)
    while waiting:
        name = waiting.pop()
        if name in builds and name not in found and name != unit.distribution.name:
            found.add(name)
            waiting |= set(builds[name].requires)
            wheel = run.store.wheel_of(target.name, target.key(builds[name]))
            yield from filter(None, (wheel,))


def _built(run: Run, target: ResolvedTarget) -> tuple[Path, ...]:
    """Return the wheels that were built for a target so far."""
    found = (run.store.wheel_of(target.name, target.key(one)) for one in target.builds)
    return tuple(filter(None, found))


def _finish(run: Run, site: Site, new: frozenset[str]) -> Mapping[str, Any]:
    """Download the wheels, lay everything out, and prove that it installs."""
    target = site.target

    def carry(order: Order, results: Path) -> Any:
        home = run.folder(f"{target.name}-{order.do}")
        with opened(target.target, home, copied=site.copied) as (machine, _):
            document = carry_out(machine, order, run.ship, results, run.interrupts).document
        shutil.rmtree(home, ignore_errors=True)
        return document

    with run.store.locked(target.name):
        return finish(run.store, target, new, carry, run.folder(f"{target.name}-results"))


def failure(ended: Ended) -> str:
    """Return why a task failed, in a line; empty if it succeeded. Raises what is a bug."""
    if ended.error is None:
        return ""
    if isinstance(ended.error, BuildfixError):
        return str(ended.error)
    raise ended.error
