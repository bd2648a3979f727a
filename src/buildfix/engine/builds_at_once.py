"""Which sources of an install are built at once before it, in which order, with how many jobs.

`engine/running_builds.py` builds them by `pip wheel` into the cache of the run. The install after
it is the usual one, with that cache: pip finds there what was built from exactly the file that it
would build itself, and builds everything else. So a wheel from here never takes the place of
another file, whatever the forecast said.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from pathlib import Path

from buildfix.catalog.command_words import command_words
from buildfix.catalog.progress import progress_words
from buildfix.core import InstallPackages, Step
from buildfix.core.light_dataclass import dataclass
from buildfix.engine.build_settings import capacity_of
from buildfix.engine.jobs import memory_of
from buildfix.engine.session import Session
from buildfix.installers import installer_of
from buildfix.installers.configuration import differs_between_commands
from buildfix.installers.request_items import requirement_of
from buildfix.installers.requirements import ParsedRequest, parse, wants_hashes
from buildfix.installers.wheel_command import can_build_apart
from buildfix.machines.owners import owner_of


@dataclass(frozen=True)
class Source:
    """One distribution that is built."""

    name: str
    version: str
    memory: int = 0
    """The bytes that one job needs."""
    seconds: float = 0.0
    """How long it took before, or how long compiling it takes on one core; 0 if unknown."""
    after: frozenset[str] = frozenset()
    """The pins of those that are built before it."""
    hashes: tuple[str, ...] = ()

    @property
    def pin(self) -> str:
        """The requirement that only this version meets."""
        return f"{self.name}=={self.version}"


@dataclass(frozen=True)
class Budget:
    """What all builds together may use."""

    jobs: int
    memory: int | None = None
    """In bytes; None if unknown."""

    def share(self, source: Source, running: Collection[tuple[Source, int]], ready: int) -> int:
        """Return how many jobs a build may run beside those that run; 0 if it must wait.

        So many are `ready` to start, with this one.
        """
        free = self.jobs - sum(jobs for _, jobs in running)
        if self.memory is not None and source.memory:
            left = self.memory - sum(one.memory * jobs for one, jobs in running)
            free = min(free, left // source.memory)
        if not running:
            free = max(free, 1)
        return max(free // ready, min(free, 1), 0)


def cache_of(session: Session) -> Path | None:
    """Return the cache of the run; None if what it has must not be used (again)."""
    state = session.state
    return None if state.installs or state.rebuild or state.one_by_one else session.cache


def sources_of(session: Session) -> tuple[Source, ...]:
    """Return what is built at once before the next install; empty if pip builds it as usual."""
    if cache_of(session) is None or budget_of(session).jobs < 2 or not _is_plain(session):
        return ()
    found = {source.pin: source for source in _sources(session)}
    missing = tuple(one for pin, one in found.items() if pin not in session.state.built)
    return missing if len(found) > 1 else ()


def sources_meanwhile(session: Session, steps: Iterable[Step]) -> tuple[Source, ...]:
    """Return what is built while these steps are applied, because it needs nothing of the system.

    Nothing is if the steps do more than install packages, or if a build needs another one.
    """
    plain = all(isinstance(step, InstallPackages) or step.looks_up for step in steps)
    if not plain or session.state.attempts:
        return ()
    found, alone = sources_of(session), session.foreseen_so_far().self_sufficient
    waits = any(one.after for one in found)
    return () if waits else tuple(one for one in found if one.name in alone)


def begins_building(line: str) -> bool:
    """Return whether pip says in a line that it begins to build a wheel."""
    found = progress_words().read(line, "pip")
    return found is not None and bool(found.starts and found.name)


def begins_installing(line: str) -> bool:
    """Return whether pip says in a line that it begins to change the target."""
    found = progress_words().read(line, "pip")
    return found is not None and found.installs


def budget_of(session: Session) -> Budget:
    """Return what the builds may use: what the user or a failure allows, or all that is free."""
    capacity, reduced = capacity_of(session), session.state.reduced
    jobs = reduced.jobs if reduced else session.request.jobs or capacity.cores
    return Budget(jobs, capacity.available)


def _is_plain(session: Session) -> bool:
    """Return whether `pip wheel` builds the same here as the install would."""
    request, interpreter = session.as_installed(), session.interpreter
    if not installer_of(request.installer).uses_pip or not can_build_apart(request):
        return False
    if not command_words().pip_has("builds-wheels", interpreter.pip):
        return False
    owner, environ = owner_of(interpreter.path), session.environ
    seen = owner.environ(environ) if owner else environ
    return not differs_between_commands(seen, interpreter.prefix)


def _sources(session: Session) -> Iterator[Source]:
    """Yield what is built from an index, as far as the forecast knows, what builds need first."""
    peaks = session.given.peaks
    memory, seconds = peaks.per_job(), peaks.seconds()
    hashes = _hashes_of(session.request) if wants_hashes(session.request) else None
    foreseen = session.foreseen_so_far()
    compiled = foreseen.compiled
    coming = [one for one in foreseen.coming if one.path and one.version]
    first: frozenset[str] = frozenset()
    for why in ("build", "asked"):
        found = [
            Source(
                one.name,
                one.version or "",
                memory_of(one.name, session.knowledge, memory),
                seconds.get(one.name) or foreseen.compile_seconds.get(one.name, 0.0),
                first,
                hashes[one.name] if hashes else (),
            )
            for one in coming
            if one.why == why
            and not _has_url(one.requirement)
            and (hashes is None or one.name in hashes)
        ]
        first = frozenset(one.pin for one in found)
        yield from sorted(found, key=lambda one: (-one.seconds, one.name not in compiled))


def _hashes_of(request: ParsedRequest) -> dict[str, tuple[str, ...]]:
    """Return all hashes of each project: requirements with markers may name it several times."""
    found: dict[str, tuple[str, ...]] = {}
    for one in parse(request).items:
        if one.name and one.hashes:
            found[one.name] = (*found.get(one.name, ()), *one.hashes)
    return found


def _has_url(text: str) -> bool:
    requirement = requirement_of(text)
    return requirement is None or requirement.url is not None


def startable(
    waiting: Sequence[Source],
    running: Iterable[tuple[Source, int]],
    failed: Iterable[Source],
    budget: Budget,
) -> Iterator[tuple[Source, int]]:
    """Yield the builds that can start beside those that run, each with its jobs.

    What waits for a failed one cannot.
    """
    taken = list(running)
    others = (*waiting, *(source for source, _ in taken), *failed)
    unfinished = {source.pin for source in others}
    ready = [one for one in waiting if not one.after & unfinished]
    for number, source in enumerate(ready):
        jobs = budget.share(source, taken, len(ready) - number)
        if jobs:
            taken.append((source, jobs))
            yield source, jobs
