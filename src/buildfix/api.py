"""The library: what `import buildfix` offers. The commands `fix` and `explain` use it, too.

What takes long to import is imported when a function is called.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Generator, Iterable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from pathlib import Path

from platformdirs import user_config_path

from buildfix.catalog import Knowledge, shipped_folder
from buildfix.core import (
    Cause,
    Diagnosis,
    Host,
    Plan,
    Report,
    Request,
    Step,
    events,
)
from buildfix.core.errors import BuildfixError, TargetError, UsageError
from buildfix.core.events import Event
from buildfix.core.redaction import redacted
from buildfix.core.tell import Tell, silent
from buildfix.machines.local import LocalMachine, Machine
from buildfix.machines.state_folders import log_folder, peaks_file, runs_folder
from buildfix.machines.trust import warn_of_others

__all__ = [
    "BuildfixError",
    "Cause",
    "Diagnosis",
    "Event",
    "Host",
    "Plan",
    "Report",
    "Request",
    "Step",
    "events",
    "explain",
    "plan",
    "repair",
]

_OTHER_SYSTEMS = {"windows": "win32", "macos": "darwin"}
"""The systems that are not Linux, and their names in sys.platform."""
GivenHost = Host | str | os.PathLike[str]
"""A host: its facts, a stock machine such as `fedora:42`, or the file of a host description."""
GivenRecipes = Knowledge | str | os.PathLike[str]
"""Loaded recipes, or a folder of recipes that override the shipped ones."""


def explain(
    text: str | Iterable[str],
    *,
    host: GivenHost | None = None,
    recipes: GivenRecipes | None = None,
) -> Diagnosis:
    """Return the cause of a failed build and its remedies, from a log; works offline.

    `text` is the log, whole or in pieces. The remedies are for `host`, by default the system that
    the log tells, or this machine if it may be this one.
    Credentials in the log's URLs are removed. Raises UsageError for an unknown host.
    """
    from buildfix.diagnosis.general_remedies import remedies_of
    from buildfix.diagnosis.second_reader import read_log
    from buildfix.platforms.interpreter import begun_description
    from buildfix.providers.evidence import dead_ends, with_evidence

    knowledge = load_recipes(recipes)
    other = find_host(host, knowledge)
    here = LocalMachine()
    with nullcontext() if other else begun_description(here, None):
        diagnosis = _redacted(read_log([text] if isinstance(text, str) else text, knowledge))
        if not diagnosis.known:
            return diagnosis
        place = other or _host_of(diagnosis, here, knowledge)
    remedies = with_evidence(remedies_of(diagnosis, place, knowledge), place, knowledge)
    failed = dead_ends(diagnosis.causes, remedies, place, knowledge)
    return replace(diagnosis, remedies=remedies, never=(*diagnosis.never, *failed))


def _host_of(diagnosis: Diagnosis, machine: LocalMachine, knowledge: Knowledge) -> Host:
    """Return the system that a log shows, as a stock machine; this host if it may be this one.

    A release that the log names is that of its system.
    """
    from buildfix.diagnosis.general_remedies import system_in
    from buildfix.platforms.stock_host import stock_host

    facts = dict(diagnosis.facts)
    system, release = system_in(facts), facts.get("release", "")
    stock = f"{system}:{release}" if facts.get("system") and release else system
    if _OTHER_SYSTEMS.get(system, sys.platform) != sys.platform:
        return stock_host(stock, knowledge)
    here = this_host(knowledge, machine)
    same = system in ("linux", here.id, *here.id_like, *_OTHER_SYSTEMS)
    another = system == here.id and release not in ("", here.version)
    return here if same and not another else stock_host(stock, knowledge)


def plan(
    requirements: str | Iterable[str] | Request,
    *,
    host: GivenHost | None = None,
    python: str | None = None,
    from_source: bool = False,
    recipes: GivenRecipes | None = None,
    machine: Machine | None = None,
    progress: Tell = silent,
) -> Plan:
    """Return what `repair` would do before the first build; changes nothing.

    `requirements` are those of pip, or a Request if more options are needed. The plan is for
    `host`, by default for `machine`, which is this one unless given. `progress` is called with a
    few words on what is being done. Raises BuildfixError.
    """
    request = _request(requirements, python, from_source=from_source)
    here = machine or LocalMachine()
    with _asked_ahead(here, request):
        from buildfix.engine.dry_run import dry_run
        from buildfix.engine.killed_run import killed_runs
        from buildfix.engine.temporary_folders import forget_killed_runs, scratch

        knowledge = load_recipes(recipes)
        other = find_host(host, knowledge)
        forget_killed_runs()
        killed = () if other else killed_runs(runs_folder())
        with scratch() as folder:
            found = dry_run(request, here, knowledge, folder, other, peaks_file(), killed, progress)
            return next(one.plan for one in found if isinstance(one, events.PlanProposed))


def repair(
    requirements: str | Iterable[str] | Request,
    *,
    consent: Callable[[Plan], bool],
    python: str | None = None,
    from_source: bool = False,
    recipes: GivenRecipes | None = None,
    machine: Machine | None = None,
    logs: Path | None = None,
    replay: bool = False,
    progress: Tell = silent,
) -> Generator[Event]:
    """Install projects and fix what prevents it; yields events, `events.Finished` last.

    `requirements` are those of pip, or a Request if more options are needed. `consent` is asked
    about each plan before anything of it is done. Logs and the journal are written to the folder
    `logs`, by default to a new one where `buildfix history` finds it. With `replay` the report has
    a plan that reproduces the install. `progress` is called with a few words on what is done
    before the first plan. A KeyboardInterrupt, also one that is thrown into the generator, ends
    the run with a report. Raises BuildfixError, if nothing was changed.
    """
    request = _request(requirements, python, from_source=from_source)
    here = machine or LocalMachine()
    with _asked_ahead(here, request):
        from buildfix import engine
        from buildfix.engine.killed_run import killed_runs
        from buildfix.engine.memory_history import MemoryHistory
        from buildfix.engine.temporary_folders import forget_killed_runs

        knowledge = load_recipes(recipes)
        forget_killed_runs()
        killed = killed_runs(runs_folder())
        folder, peaks = logs or log_folder(), peaks_file()
        yield events.RunOpened(str(folder), MemoryHistory(peaks).seconds())
        yield from engine.repair(
            request,
            here,
            knowledge,
            consent,
            folder,
            peaks,
            killed=killed,
            replay=replay,
            tell=progress,
        )


def load_recipes(given: GivenRecipes | None, evidence: Path | None = None) -> Knowledge:
    """Return the shipped recipes, overridden by the user's own; raises UsageError.

    `evidence` is a file with what became of remedies before.
    """
    if isinstance(given, Knowledge):
        return given
    folder = None if given is None else Path(given)
    if folder is not None and not folder.is_dir():
        wrong = "is not a folder" if folder.exists() else "does not exist"
        raise UsageError(f"{folder} {wrong}.", do="Name a folder with recipes.")
    mine = user_config_path("buildfix") / "recipes"
    own = [*([mine] if mine.is_dir() else []), *filter(None, [folder])]
    for one in (*own, *filter(None, [evidence])):
        warn_of_others(one)
    knowledge = Knowledge([shipped_folder(), *own], evidence)
    if evidence:
        _ = knowledge.evidence  # an error in it is found before anything is done
    return knowledge


def find_host(given: GivenHost | None, knowledge: Knowledge) -> Host | None:
    """Return the host that is given, or None for this machine; raises UsageError."""
    if given is None or isinstance(given, Host):
        return given
    if isinstance(given, str):
        from buildfix.platforms.stock_host import stock_host

        return stock_host(given, knowledge)
    from buildfix.platforms.host_file import read_host

    return read_host(Path(given))


def this_host(knowledge: Knowledge, machine: LocalMachine | None = None) -> Host:
    """Return this host, with the interpreter to install into if there is one."""
    from buildfix.platforms.host_facts import gather
    from buildfix.platforms.interpreter import find_interpreter

    machine = machine or LocalMachine()
    try:
        return gather(machine, knowledge, find_interpreter(machine, None))
    except (UsageError, TargetError):
        return gather(machine, knowledge)


def _request(
    requirements: str | Iterable[str] | Request, python: str | None, *, from_source: bool
) -> Request:
    if isinstance(requirements, Request):
        asked = requirements
        return replace(
            asked, python=python or asked.python, from_source=from_source or asked.from_source
        )
    words = (requirements,) if isinstance(requirements, str) else tuple(requirements)
    return Request(words, python=python, from_source=from_source)


def _asked_ahead(machine: Machine, request: Request) -> AbstractContextManager[None]:
    """Have the target's Python start while the engine is imported."""
    if not request.words or not isinstance(machine, LocalMachine):
        return nullcontext()
    from buildfix.platforms.interpreter import begun_description

    return begun_description(machine, request.python)


def _redacted(diagnosis: Diagnosis) -> Diagnosis:
    """Return a diagnosis without the credentials of a log, since people share it."""
    cause = _redacted_cause(diagnosis.cause) if diagnosis.cause else None
    if diagnosis.cause and cause and cause.subject == "-" != diagnosis.cause.subject:
        said = diagnosis.cause.subject
        diagnosis = replace(
            diagnosis,
            says=diagnosis.says.replace(said, "****"),
            advice=diagnosis.advice.replace(said, "****"),
            never=tuple(one.replace(said, "****") for one in diagnosis.never),
        )
    return replace(
        diagnosis,
        cause=cause,
        also=tuple(map(_redacted_cause, diagnosis.also)),
        alternatives=tuple(map(_redacted_cause, diagnosis.alternatives)),
        excerpt=tuple((number, redacted(text)) for number, text in diagnosis.excerpt),
        says=redacted(diagnosis.says),
        advice=redacted(diagnosis.advice),
    )


def _redacted_cause(cause: Cause) -> Cause:
    """Return a cause without credentials; a subject that is a part of one is left out."""
    text, subject = redacted(cause.text), redacted(cause.subject)
    is_part = subject in cause.text and subject not in text
    return replace(cause, subject="-" if is_part else subject, text=text)
