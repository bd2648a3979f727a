"""Builds the sources of an install at once, each by `pip wheel` into the run's cache.

The install after it is the usual one, with that cache: pip finds there what was built from exactly
the file that it would build itself, and builds everything else. So a wheel from here never takes
the place of another file, whatever the forecast said.
"""

from __future__ import annotations

import contextlib
import queue
import threading
import time
from collections.abc import Collection, Generator, Iterable, Iterator, Sequence
from pathlib import Path

from buildfix.catalog.command_words import command_words
from buildfix.catalog.progress import progress_words
from buildfix.core import Attempt, Command, events
from buildfix.core.light_dataclass import dataclass
from buildfix.core.redaction import redacted
from buildfix.engine.attempt_log import AttemptLog, log_of
from buildfix.engine.build_clock import BuildClock
from buildfix.engine.build_constraints import write_constraints
from buildfix.engine.build_settings import build_settings, capacity_of, write_files
from buildfix.engine.jobs import Parallelism, memory_of
from buildfix.engine.session import Session
from buildfix.engine.strategies.out_of_memory import per_job
from buildfix.engine.temporary_folders import temporary_folder
from buildfix.installers import InstallOptions, installer_of
from buildfix.installers.configuration import differs_between_commands
from buildfix.installers.request_items import requirement_of
from buildfix.installers.requirements import (
    ParsedRequest,
    named_projects,
    parse,
    wants_hashes,
)
from buildfix.installers.wheel_command import can_build_apart, wheel_command
from buildfix.machines.local import Stream
from buildfix.machines.owners import owner_of
from buildfix.platforms.thrashing import Thrashing

_POLL_SECONDS = 0.5


@dataclass(frozen=True)
class Source:
    """One distribution that is built."""

    name: str
    version: str
    memory: int = 0
    """The bytes that one job needs."""
    seconds: float = 0.0
    """How long it took before; 0 if unknown."""
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


@dataclass
class _Running:
    """A build that runs."""

    source: Source
    jobs: int
    command: Command
    stream: Stream
    log: AttemptLog
    since: float
    clock: BuildClock
    ends: contextlib.ExitStack


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
    coming = [one for one in session.foreseen_so_far().coming if one.path and one.version]
    first: frozenset[str] = frozenset()
    for why in ("build", "asked"):
        found = [
            Source(
                one.name,
                one.version or "",
                memory_of(one.name, session.knowledge, memory),
                seconds.get(one.name, 0.0),
                first,
                hashes[one.name] if hashes else (),
            )
            for one in coming
            if one.why == why
            and not _has_url(one.requirement)
            and (hashes is None or one.name in hashes)
        ]
        first = frozenset(one.pin for one in found)
        yield from sorted(found, key=lambda one: -one.seconds)


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


def build_at_once(
    session: Session, sources: Sequence[Source], log: AttemptLog
) -> Generator[events.Event, None, Attempt | None]:
    """Build these; return the first failure as an attempt, or None.

    The output of each goes to a file of its own; then to `log` goes that of all failures, or, if
    there is none, that of all builds of this run, as pip would print it.
    """
    lines: queue.SimpleQueue[tuple[_Running, str | None]] = queue.SimpleQueue()
    waiting, running, failed = list(sources), list[_Running](), list[_Running]()
    started, ended = time.monotonic(), list[_Running]()
    try:
        while waiting or running:
            for source, jobs in _startable(waiting, running, failed, budget_of(session)):
                waiting.remove(source)
                one = _start(session, source, jobs, log.path)
                running.append(one)
                _read(one, lines)
                yield _started(one, len(sources))
            if not running:
                break  # the rest needs what failed
            with contextlib.suppress(queue.Empty):
                one, line = lines.get(timeout=_POLL_SECONDS)
                if line is not None:
                    one.log.write(line)
                    one.clock.read(line)
                    yield events.LogLine(line, one.source.name)
                    continue
                one.ends.close()
                running.remove(one)
                ended.append(one)
                failed += [one] if one.stream.returncode else []
                _learn(session, one)
                yield _finished(one)
    finally:
        with contextlib.ExitStack() as all_ends:  # an interrupt of one does not spare the others
            for one in running:
                all_ends.push(one.ends)
    if not failed:
        for file in _logs_of_built(session):
            _append(file, log)
        return None
    for one in failed:
        _append(one.log.path, log)
    first, seconds = failed[0], time.monotonic() - started
    peak = max((one.stream.peak_rss or 0 for one in ended), default=0) or None
    return Attempt(first.command, str(log.path), first.stream.returncode, seconds, peak)


def _startable(
    waiting: Iterable[Source],
    running: Iterable[_Running],
    failed: Iterable[_Running],
    budget: Budget,
) -> Iterator[tuple[Source, int]]:
    """Yield the builds that can start now, each with its jobs."""
    taken = [(one.source, one.jobs) for one in running]
    waiting = list(waiting)
    unfinished = {one.pin for one in waiting} | {source.pin for source, _ in taken}
    unfinished |= {one.source.pin for one in failed}
    ready = [one for one in waiting if not one.after & unfinished]
    for number, source in enumerate(ready):
        jobs = budget.share(source, taken, len(ready) - number)
        if jobs:
            taken.append((source, jobs))
            yield source, jobs


def _start(session: Session, source: Source, jobs: int, log: Path) -> _Running:
    command = _command(session, source, jobs)
    with contextlib.ExitStack() as stack:
        file = log.with_suffix("") / f"{source.name}.log"
        written = stack.enter_context(log_of(file))
        own = stack.enter_context(temporary_folder(command.env))
        stream = stack.enter_context(
            session.machine.stream(
                command.argv, (*command.env, *own), own_session=True, watch=Thrashing()
            )
        )
        clock, now = BuildClock(session.request.installer), time.monotonic()
        return _Running(source, jobs, command, stream, written, now, clock, stack.pop_all())


def _read(one: _Running, lines: queue.SimpleQueue[tuple[_Running, str | None]]) -> None:
    """Start to read the lines of a build, None at its end."""

    def read() -> None:
        try:
            with contextlib.suppress(ValueError):  # it was closed, because the run was stopped
                for line in map(redacted, one.stream):
                    lines.put((one, line))
        finally:
            lines.put((one, None))

    threading.Thread(target=read, daemon=True).start()


def _command(session: Session, source: Source, jobs: int) -> Command:
    state, request, cache = session.state, session.as_installed(), session.cache or Path()
    amount = Parallelism(jobs, must_be_told=True)
    told = build_settings(session, amount, folder=session.files / f"jobs-{jobs}")
    told, own = write_files(told), cache / "ahead" / source.name
    held = write_constraints(session.files, state.constraints) if state.constraints else None
    manner = InstallOptions(
        variables=tuple({**session.variables_with(()), **dict(told.variables)}.items()),
        arguments=told.arguments if source.name in named_projects(request) else (),
        constraints=held,
        unisolated=state.unisolated,
        cache=cache,
    )
    words: tuple[str, ...] = (source.pin,)
    if source.hashes:
        file = session.files / "hashes" / f"{source.name}.txt"
        file.parent.mkdir(parents=True, exist_ok=True)
        allowed = (f"--hash={one}" for one in source.hashes)
        file.write_text(" ".join((source.pin, *allowed)) + "\n", encoding="utf-8")
        words = ("-r", str(file))
    return wheel_command(request, session.interpreter, manner, words, own)


def _learn(session: Session, one: _Running) -> None:
    """Record how long a build took, and its memory."""
    peaks, name = session.given.peaks, one.source.name
    for project, seconds in one.clock.took.items():
        peaks.learn_time(project, seconds)
    seconds, peak = time.monotonic() - one.since, one.stream.peak_rss
    made = Attempt(one.command, str(one.log.path), one.stream.returncode, seconds, peak)
    if made.returncode == 0:
        took = per_job(made, (name,), Parallelism(one.jobs), session.knowledge)
        if took:
            peaks.learn(name, took)


def _started(one: _Running, total: int) -> events.BuildStarted:
    source = one.source
    return events.BuildStarted(source.name, source.version, one.command, str(one.log.path), total)


def _finished(one: _Running) -> events.BuildFinished:
    source, seconds = one.source, time.monotonic() - one.since
    code = one.stream.returncode
    return events.BuildFinished(source.name, source.version, code, seconds, str(one.log.path))


def _logs_of_built(session: Session) -> Iterator[Path]:
    for record in session.journal.records:
        if isinstance(record, events.BuildFinished) and record.returncode == 0:
            yield Path(record.log)


def _append(file: Path, log: AttemptLog) -> None:
    with contextlib.suppress(OSError), file.open(encoding="utf-8", errors="replace") as lines:
        for line in lines:
            log.write(line.rstrip("\n"))
