"""Runs several builds at once, each by `pip wheel` into the run's cache, with a log of its own."""

from __future__ import annotations

import contextlib
import queue
import threading
import time
from collections.abc import Callable, Generator, Iterator, Sequence
from pathlib import Path

from buildfix.core import Attempt, Command, events
from buildfix.core.errors import BuildfixError
from buildfix.core.light_dataclass import dataclass
from buildfix.core.redaction import redacted
from buildfix.engine.attempt_log import AttemptLog, log_of
from buildfix.engine.build_clock import BuildClock
from buildfix.engine.build_constraints import write_constraints
from buildfix.engine.build_settings import build_settings, write_files
from buildfix.engine.builds_at_once import Source, budget_of, startable
from buildfix.engine.jobs import Parallelism
from buildfix.engine.object_cache import object_caches
from buildfix.engine.session import Session
from buildfix.engine.strategies.out_of_memory import per_job, without_headway
from buildfix.engine.temporary_folders import temporary_folder, write_for_builds
from buildfix.installers import InstallOptions
from buildfix.installers.requirements import named_projects
from buildfix.installers.wheel_command import wheel_command
from buildfix.machines.local import Stream
from buildfix.machines.stoppable import StoppableThread, end_if_stopped
from buildfix.platforms.thrashing import Thrashing

_POLL_SECONDS = 0.5
"""How long a stop may wait for a line, and Ctrl-C on systems where waiting holds it back."""


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


def build_at_once(
    session: Session, sources: Sequence[Source], log: AttemptLog
) -> Generator[events.Event, None, Attempt | None]:
    """Build these; return the first failure as an attempt, or None.

    The output of each goes to a file of its own; then to `log` goes that of all failures, or, if
    there is none, that of all builds of this run, as pip would print it.
    """
    lines: queue.SimpleQueue[tuple[_Running, str | None]] = queue.SimpleQueue()
    waiting, running, failed = list(sources), list[_Running](), list[_Running]()
    budget, started, peaks = budget_of(session), time.monotonic(), [0]
    try:
        while waiting or running:
            taken = [(one.source, one.jobs) for one in running]
            lost = [one.source for one in failed]
            for source, jobs in list(startable(waiting, taken, lost, budget)):
                waiting.remove(source)
                running.append(_start(session, source, jobs, log.path, lines))
                yield _started(running[-1], len(sources))
            if not running:
                break  # the rest needs what failed
            one = yield from _next_end(lines)
            running.remove(one)
            peaks.append(one.stream.peak_rss or 0)
            failed += [one] if one.stream.returncode else []
            _learn(session, one)
            yield _finished(one)
    finally:
        with contextlib.ExitStack() as ends:  # each, even if another Ctrl-C comes
            for one in running:
                ends.callback(one.ends.close)
    for file in [one.log.path for one in failed] or _logs_of_built(session):
        _append(file, log)
    if not failed:
        return None
    command, stream = failed[0].command, failed[0].stream
    seconds, peak = time.monotonic() - started, max(peaks) or None
    why = without_headway(failed[0].log.path) if stream.given_up else None
    return Attempt(command, str(log.path), stream.returncode, seconds, peak, why)


@contextlib.contextmanager
def built_meanwhile(
    session: Session, sources: Sequence[Source]
) -> Iterator[Callable[[], Iterator[events.Event]]]:
    """Build these while something else is done; yields what waits for them and has their events.

    What fails is built again before the install. What still runs when the block is left is stopped.
    """
    happened: queue.SimpleQueue[events.Event | None] = queue.SimpleQueue()

    def build() -> None:
        try:
            with (
                contextlib.suppress(BuildfixError, OSError),
                log_of(session.given.logs / "meanwhile.log") as log,
            ):
                for event in build_at_once(session, sources, log):
                    happened.put(event)
        finally:
            happened.put(None)

    thread = StoppableThread(build)
    if sources:
        thread.start()
    try:
        yield lambda: iter(happened.get, None) if sources else iter(())
    finally:
        if sources:
            thread.stop()
            thread.join()  # until no build is left running


def _next_end(
    lines: queue.SimpleQueue[tuple[_Running, str | None]],
) -> Generator[events.Event, None, _Running]:
    """Pass on what the builds print until one of them ends; return that one."""
    while True:
        end_if_stopped()
        with contextlib.suppress(queue.Empty):
            one, line = lines.get(timeout=_POLL_SECONDS)
            if line is None:
                one.ends.close()
                return one
            one.log.write(line)
            one.clock.read(line)
            yield events.LogLine(line, one.source.name)


def _start(
    session: Session,
    source: Source,
    jobs: int,
    log: Path,
    lines: queue.SimpleQueue[tuple[_Running, str | None]],
) -> _Running:
    """Start a build, and to read its lines; None comes at its end."""
    command = _command(session, source, jobs)
    with contextlib.ExitStack() as stack:
        file = log.with_suffix("") / f"{source.name}.log"
        written = stack.enter_context(log_of(file))
        own = stack.enter_context(temporary_folder(command.env))
        cached = stack.enter_context(object_caches(session, (*command.env, *own)))
        stream = stack.enter_context(
            session.machine.stream(
                command.argv, (*command.env, *own, *cached), own_session=True, watch=Thrashing()
            )
        )
        clock, now = BuildClock(session.request.installer), time.monotonic()
        ends = stack.pop_all()
    one = _Running(source, jobs, command, stream, written, now, clock, ends)
    threading.Thread(target=_read, args=(one, lines), daemon=True).start()
    return one


def _read(one: _Running, lines: queue.SimpleQueue[tuple[_Running, str | None]]) -> None:
    try:
        with contextlib.suppress(ValueError):  # it was closed, because the run was stopped
            for line in map(redacted, one.stream):
                lines.put((one, line))
    finally:
        lines.put((one, None))


def _command(session: Session, source: Source, jobs: int) -> Command:
    state, request, cache = session.state, session.as_installed(), session.cache or Path()
    amount = Parallelism(jobs, must_be_told=True)
    limits = write_files(build_settings(session, amount, folder=session.files / f"jobs-{jobs}"))
    own = cache / "ahead" / source.name
    held = write_constraints(session.files, state.constraints) if state.constraints else None
    manner = InstallOptions(
        variables=tuple({**session.variables_with(()), **dict(limits.variables)}.items()),
        arguments=limits.arguments if source.name in named_projects(request) else (),
        constraints=held,
        unisolated=state.unisolated,
        cache=cache,
    )
    words: tuple[str, ...] = (source.pin,)
    if source.hashes:
        file = session.files / "hashes" / f"{source.name}.txt"
        allowed = (f"--hash={one}" for one in source.hashes)
        write_for_builds(file, " ".join((source.pin, *allowed)) + "\n")
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
