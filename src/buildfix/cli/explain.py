"""`buildfix explain`: the causes in saved logs of failed builds; works offline, on any system."""

from __future__ import annotations

import gzip
import io
import os
import stat
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import BinaryIO, cast

from buildfix.api import explain, load_recipes
from buildfix.catalog import Knowledge
from buildfix.cli.tasks import CrossTarget, Screen
from buildfix.core import Diagnosis
from buildfix.core.errors import UsageError
from buildfix.core.program import own_command
from buildfix.diagnosis.logs.read import decoded
from buildfix.machines.state_folders import runs_folder
from buildfix.render.documents import diagnosis_document

STDIN = "-"
_NO_FAILURE, _UNKNOWN = 5, 1
_WORST_FIRST = (_UNKNOWN, _NO_FAILURE, 0)


def explain_task(
    names: Sequence[str],
    elsewhere: CrossTarget,
    screen: Screen,
    recipes: Path | None,
    evidence: Path | None = None,
) -> int:
    """Explain logs, with remedies for this host or another one; return the worst exit code.

    Without names it is what is piped in, or else the log of the latest run.
    """
    explained = list(_explained(names, elsewhere, screen, load_recipes(recipes, evidence)))
    if screen.json:
        documents = [diagnosis_document(diagnosis) for _, diagnosis in explained]
        screen.document(documents if len(names) > 1 else documents[0])
    else:
        _show(explained, screen, named=len(names) != 1)
    codes = {_exit_code(diagnosis) for _, diagnosis in explained}
    return next(code for code in _WORST_FIRST if code in codes)


def _explained(
    names: Sequence[str], elsewhere: CrossTarget, screen: Screen, knowledge: Knowledge
) -> Iterator[tuple[str, Diagnosis]]:
    """Yield what each log says; this host is only looked at if there are remedies to name."""
    host = elsewhere.host(knowledge)
    screen.caution(elsewhere.caution(host, knowledge))
    for name, log in _opened(names):
        yield name, explain(decoded(log), host=host, recipes=knowledge)


def _exit_code(diagnosis: Diagnosis) -> int:
    if not diagnosis.failed:
        return _NO_FAILURE
    return 0 if diagnosis.known else _UNKNOWN


def _show(explained: Sequence[tuple[str, Diagnosis]], screen: Screen, *, named: bool) -> None:
    for name, diagnosis in explained:
        if named:
            screen.view.say(f"{name}:")
        screen.view.diagnosis(diagnosis)


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
        do = f"Name a file; `{own_command('explain', STDIN)}` reads text."
        raise UsageError(f"Cannot read {name}: {error.strerror}.", do=do) from error
