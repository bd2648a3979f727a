"""`buildfix explain`: the causes in saved logs of failed builds; works offline, on any system."""

from __future__ import annotations

import gzip
import io
import os
import stat
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import BinaryIO, cast

from buildfix.catalog import Knowledge
from buildfix.cli.state_folders import runs_folder
from buildfix.cli.tasks import CrossTarget, Screen, knowledge_of
from buildfix.core import Cause, Diagnosis, Host, Step, needs_of
from buildfix.core.errors import TargetError, UsageError
from buildfix.core.redaction import redacted
from buildfix.diagnosis.logs.read import decoded
from buildfix.diagnosis.second_reader import read_log
from buildfix.machines.local import LocalMachine
from buildfix.providers import draft_plan
from buildfix.render.documents import diagnosis_document

STDIN = "-"
_NO_FAILURE, _UNKNOWN = 5, 1
_WORST_FIRST = (_UNKNOWN, _NO_FAILURE, 0)


@dataclass(frozen=True)
class _Explained:
    """A log's diagnosis, and what would be done about it."""

    name: str
    diagnosis: Diagnosis
    remedies: tuple[Step, ...]

    @property
    def exit_code(self) -> int:
        if not self.diagnosis.failed:
            return _NO_FAILURE
        return 0 if self.diagnosis.known else _UNKNOWN


def explain_task(
    names: Sequence[str], elsewhere: CrossTarget, screen: Screen, recipes: Path | None
) -> int:
    """Explain logs, with remedies for this host or another one; return the worst exit code.

    Without names it is what is piped in, or else the log of the latest run.
    """
    explained = list(_explained(names, elsewhere, screen, knowledge_of(recipes)))
    if screen.json:
        documents = [diagnosis_document(one.diagnosis, one.remedies) for one in explained]
        screen.document(documents if len(names) > 1 else documents[0])
    else:
        _show(explained, screen, named=len(names) != 1)
    return next(code for code in _WORST_FIRST if code in {one.exit_code for one in explained})


def _explained(
    names: Sequence[str], elsewhere: CrossTarget, screen: Screen, knowledge: Knowledge
) -> Iterator[_Explained]:
    """Yield what each log says; this host is only looked at if there are remedies to name."""
    host = elsewhere.host(knowledge)
    screen.caution(elsewhere.caution(host, knowledge))
    for name, log in _opened(names):
        diagnosis = _safe_to_show(read_log(decoded(log), knowledge))
        if diagnosis.known and host is None:
            host = _this_host(knowledge)
        yield _Explained(name, diagnosis, _remedies(diagnosis, host, knowledge) if host else ())


def _remedies(diagnosis: Diagnosis, host: Host, knowledge: Knowledge) -> tuple[Step, ...]:
    if not diagnosis.known:
        return ()
    return draft_plan(needs_of(diagnosis.causes), host, knowledge, diagnosis.causes).steps


def _show(explained: Sequence[_Explained], screen: Screen, *, named: bool) -> None:
    for one in explained:
        if named:
            screen.view.say(f"{one.name}:")
        screen.view.diagnosis(one.diagnosis, one.remedies)


def _opened(names: Sequence[str]) -> Iterator[tuple[str, BinaryIO]]:
    """Yield the logs with their names; raises UsageError."""
    if not names:
        yield _piped() or _of_latest_run()
    for name in names:
        if name == STDIN:
            yield name, sys.stdin.buffer
            continue
        with _open(name) as log:
            yield name, log


def _piped() -> tuple[str, BinaryIO] | None:
    """Return what a pipe or a file on standard input has; None if there is nothing."""
    try:
        kind = os.fstat(sys.stdin.fileno()).st_mode
    except (AttributeError, OSError, ValueError):  # closed, or replaced
        return None
    if not (stat.S_ISFIFO(kind) or stat.S_ISREG(kind)):
        return None
    content = sys.stdin.buffer.read()
    return (STDIN, io.BytesIO(content)) if content else None


def _of_latest_run() -> tuple[str, BinaryIO]:
    from buildfix.engine.past_runs import latest_log

    log = latest_log(runs_folder())
    if log is None:
        raise UsageError("No run has a log yet.", do="Name a log, or `-` for standard input.")
    return str(log), _open(str(log))


def _open(name: str) -> BinaryIO:
    """Open a log, which may be compressed with gzip; raises UsageError."""
    try:
        if name.endswith(".gz"):
            return cast("BinaryIO", gzip.open(name))
        return Path(name).open("rb")
    except OSError as error:
        raise UsageError(f"Cannot read {name}: {error.strerror}.", do="Check the path.") from error


def _safe_to_show(diagnosis: Diagnosis) -> Diagnosis:
    """Return a diagnosis without credentials that the log's URLs may contain.

    People share the output.
    """
    return replace(
        diagnosis,
        cause=_safe_cause(diagnosis.cause) if diagnosis.cause else None,
        also=tuple(map(_safe_cause, diagnosis.also)),
        alternatives=tuple(map(_safe_cause, diagnosis.alternatives)),
        excerpt=tuple((number, redacted(text)) for number, text in diagnosis.excerpt),
        says=redacted(diagnosis.says),
        advice=redacted(diagnosis.advice),
    )


def _safe_cause(cause: Cause) -> Cause:
    return replace(cause, subject=redacted(cause.subject), text=redacted(cause.text))


def _this_host(knowledge: Knowledge) -> Host:
    """Return this host, with the interpreter to install into if there is one."""
    from buildfix.platforms.host_facts import gather
    from buildfix.platforms.interpreter import find_interpreter

    machine = LocalMachine()
    try:
        return gather(machine, knowledge, find_interpreter(machine, None))
    except (UsageError, TargetError):
        return gather(machine, knowledge)
