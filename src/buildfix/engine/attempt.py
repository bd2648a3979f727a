"""One attempt: run the installer, then diagnose its log or verify what it installed."""

from __future__ import annotations

import time
from collections.abc import Callable, Generator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from buildfix.catalog import Knowledge
from buildfix.core import Attempt, Cause, Command, Diagnosis, MissingFeature, events, learned
from buildfix.core.light_dataclass import dataclass
from buildfix.core.redaction import redacted
from buildfix.engine.attempt_log import AttemptLog, log_of
from buildfix.engine.build_clock import BuildClock
from buildfix.engine.build_settings import jobs_at_once
from buildfix.engine.builds_at_once import Source
from buildfix.engine.object_cache import object_caches
from buildfix.engine.running_builds import build_at_once
from buildfix.engine.session import Session
from buildfix.engine.strategies.out_of_memory import per_job, told_by_kernel, without_headway
from buildfix.engine.strategies.parallel_extensions import distrusted
from buildfix.engine.temporary_folders import temporary_folder
from buildfix.engine.verify import ImportFailure, installed_version, verify
from buildfix.installers.requirements import (
    distributions_asked,
    named_projects,
    wanted_by_markers,
)
from buildfix.platforms.control_groups import oom_kills
from buildfix.platforms.site_packages import place_of
from buildfix.platforms.thrashing import Thrashing

Diagnosing = Generator[events.Event, None, "Diagnosis | None"]


@dataclass(frozen=True)
class Stopped:
    """An attempt that was stopped because it cannot succeed, or to build at once instead."""

    to_build: bool = False


def attempt(
    session: Session,
    command: Command,
    side_by_side: Mapping[str, str],
    *,
    ahead: Sequence[Source] = (),
    prove: bool = True,
    stop: Callable[[str], Stopped | None] = lambda _: None,
) -> Generator[events.Event, None, Diagnosis | Stopped | None]:
    """Run the installer with `command`, which builds these projects `side_by_side`.

    Before that, what is `ahead` is built at once; if that fails, so does the attempt. Returns what
    went wrong, or None. `stop` is called with every line; once it returns something, the installer
    is stopped, and the attempt does not count.
    """
    number = len(session.state.attempts) + 1
    kills = oom_kills()
    log = session.given.logs / f"attempt-{number}.log"
    yield events.AttemptStarted(number, command, str(log), side_by_side)
    with session.timed("install"), log_of(log) as written:
        failed = (yield from build_at_once(session, ahead, written)) if ahead else None
        made = failed or (yield from _run_installer(session, command, written, stop))
    if isinstance(made, Stopped):
        yield events.AttemptStopped(number, made.to_build)
        return made
    log, diagnosis = Path(made.log), made.diagnosis
    if made.returncode == 0:
        diagnosis = yield from _check(session, made, prove=prove)
    elif diagnosis is None:
        told = told_by_kernel(_diagnose_log(log, session.knowledge), kills, oom_kills())
        diagnosis = _as_it_is_here(session, _second_opinion(told, log, session.knowledge), log)
    made = replace(made, diagnosis=diagnosis)
    yield events.AttemptFinished(made)
    if diagnosis:
        yield events.CauseFound(diagnosis)
    return diagnosis


def _check(session: Session, made: Attempt, *, prove: bool) -> Diagnosing:
    """Return what is wrong with the result of a successful installer."""
    log = Path(made.log)
    if doubt := distrusted(session.state.side_by_side, log):
        return doubt
    names, jobs = named_projects(session.request), jobs_at_once(session)
    if not session.state.built and (took := per_job(made, names, jobs, session.knowledge)):
        session.given.peaks.learn(names[0], max(took, session.state.wanted))
    with session.timed("verify"):
        return (yield from _prove(session, log)) if prove else None


def _run_installer(
    session: Session,
    command: Command,
    written: AttemptLog,
    stop: Callable[[str], Stopped | None],
) -> Generator[events.Event, None, Attempt | Stopped]:
    started = time.monotonic()
    with (
        temporary_folder(command.env) as own,
        object_caches(session, (*command.env, *own)) as cached,
        session.machine.stream(
            command.argv, (*command.env, *own, *cached), own_session=True, watch=Thrashing()
        ) as stream,
    ):
        told, clock = "", BuildClock(session.request.installer)
        for line in map(redacted, stream):
            written.write(line)
            clock.read(line)
            yield events.LogLine(line)
            if written.note != told:
                told = written.note
                yield events.Waiting(told)
            if stopped := stop(line):
                return stopped
    seconds = time.monotonic() - started
    for project, took in clock.took.items():
        session.given.peaks.learn_time(project, took)
    log, stood_still = written.path, stream.given_up and stream.returncode != 0
    diagnosis = without_headway(log) if stood_still else None
    return Attempt(command, str(log), stream.returncode, seconds, stream.peak_rss, diagnosis)


def _diagnose_log(log: Path, knowledge: Knowledge) -> Diagnosis:
    """Return the diagnosis of a failed attempt's log; the attempt counts as failed in any case."""
    from buildfix.diagnosis.logs.rank import diagnose  # most attempts do not fail
    from buildfix.diagnosis.logs.read import decoded

    with log.open("rb") as file:
        diagnosis = diagnose(decoded(file), knowledge)
    if diagnosis.failed:
        return diagnosis
    lost = "The installer failed, but its log shows no error."
    return Diagnosis(failed=True, cause=Cause("unknown", "-", 1, ""), says=lost)


def _second_opinion(told: Diagnosis, log: Path, knowledge: Knowledge) -> Diagnosis:
    """Return what the learned model is sure of where nothing else tells the cause."""
    if told.known:
        return told
    from buildfix.diagnosis.logs.certainty import is_guess
    from buildfix.diagnosis.logs.read import decoded
    from buildfix.diagnosis.second_reader import read_log

    with log.open("rb") as file:
        read = read_log(decoded(file), knowledge)
    return read if read.known and read.cause and not is_guess(read.cause) else told


def _as_it_is_here(session: Session, told: Diagnosis, log: Path) -> Diagnosis:
    """Return what a diagnosis means on this machine."""
    from buildfix.engine.local_diagnosis import refine  # slow to load

    with log.open(encoding="utf-8", errors="replace") as lines:
        return refine(session, told, lines)


def _prove(session: Session, log: Path) -> Diagnosing:
    yield events.VerifyStarted()
    asked = distributions_asked(session.request)
    verdict = verify(session.machine, session.interpreter, asked, session.knowledge)
    if verdict.failures:
        return (yield from _diagnose_import(session, verdict.failures[0], log))
    absent = _really_absent(session, asked, verdict.absent)
    missing = tuple(
        MissingFeature(one.distribution, f"its module {one.module} cannot be imported")
        for one in verdict.degraded
    )
    session.journal.add(learned.InstallVerified(verdict.proofs, absent, missing))
    for proof in verdict.proofs:
        yield events.Verified(proof)
    return None


def _really_absent(
    session: Session, asked: tuple[str, ...], absent: tuple[str, ...]
) -> tuple[str, ...]:
    """Return what is not there, under no spelling of its URL, though its markers ask for it."""
    places = {place_of(one) for one in asked if one not in absent}
    absent = tuple(one for one in absent if place_of(one) not in places)
    if not absent:
        return ()
    from buildfix.forecast.builds import surroundings_of  # slow to load

    wanted = wanted_by_markers(session.request, surroundings_of(session.host()).markers())
    return tuple(one for one in absent if one in wanted)


def _diagnose_import(
    session: Session, failure: ImportFailure, log: Path
) -> Generator[events.Event, None, Diagnosis]:
    from buildfix.diagnosis.logs.rank import diagnose

    message = redacted(failure.message)
    with log_of(log.with_suffix(".import.log")) as written:
        written.write(message)
    said = written.path
    diagnosis = diagnose([message], session.knowledge)
    if diagnosis.cause is None:
        lines = message.split("\n")
        unknown = Cause("unknown", "-", len(lines), lines[-1])
        says = message if failure.of_files else "The module cannot be imported."
        diagnosis = Diagnosis(failed=True, cause=unknown, says=says)
    from buildfix.diagnosis.import_failure import of_another_project
    from buildfix.engine.local_diagnosis import explain_import  # slow to load

    broken = _broken(session, failure.distribution)
    session.journal.add(learned.ImportExplained(broken))
    diagnosis = of_another_project(
        explain_import(session, diagnosis, message),
        failure.distribution,
        failure.module,
        session.knowledge,
    )
    yield events.ImportFailed(failure.distribution, failure.module, diagnosis.cause, str(said))
    return replace(diagnosis, failed=True, project=failure.distribution, phase="import")


def _broken(session: Session, distribution: str) -> str:
    version = installed_version(session.machine, session.interpreter, distribution)
    return f"{distribution}=={version}" if version else distribution
