"""What the journal of a killed run says of it: what was done, and what was under way."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from buildfix.core import Halt, events
from buildfix.engine.journal import JOURNAL, MOMENT_OF_KIND
from buildfix.engine.journal_records import kind_of
from buildfix.engine.temporary_folders import is_running

_Row = dict[str, Any]

_STARTED, _ENDED = kind_of(events.RunStarted), kind_of(events.RunEnded)
_STEP_STARTED, _STEP_ENDED = kind_of(events.StepStarted), kind_of(events.StepFinished)
_CHANGING = (_STEP_STARTED, kind_of(events.AttemptStarted))
_BETWEEN = (_STEP_ENDED, kind_of(events.AttemptFinished), kind_of(events.AttemptStopped))


@dataclass(frozen=True)
class KilledRun:
    """A run that ended before it could record how, because it was killed or broke off."""

    requirements: tuple[str, ...]
    halt: Halt
    completed: tuple[str, ...]
    """The steps that succeeded, each in words."""


def killed_run(runs: Path) -> KilledRun | None:
    """Return the last of the runs whose folders are in `runs`, if it ended without a record of it.

    A journal that another version wrote differently says nothing.
    """
    journals = sorted(runs.glob(f"*/{JOURNAL}"))
    try:
        return _unfinished(list(_rows(journals[-1]))) if journals else None
    except (KeyError, TypeError, ValueError):
        return None


def _unfinished(rows: Sequence[_Row]) -> KilledRun | None:
    kinds = [row["record"] for row in rows]
    if not rows or kinds[0] != _STARTED or _ENDED in kinds:
        return None
    if not any(kind in _CHANGING for kind in kinds) or is_running(int(rows[0]["process"])):
        return None
    ended = (row for row in rows if row["record"] == _STEP_ENDED and row["returncode"] == 0)
    completed = tuple(row["step"] for row in ended)
    return KilledRun(tuple(rows[0]["requirements"]), _halt(rows), completed)


def _rows(journal: Path) -> Iterator[_Row]:
    """Yield the records of a journal; the last line may be incomplete."""
    with contextlib.suppress(OSError, ValueError):
        for line in journal.read_text(encoding="utf-8").splitlines():
            yield json.loads(line)


def _halt(rows: Sequence[_Row]) -> Halt:
    last = next(row for row in reversed(rows) if row["record"] in (*MOMENT_OF_KIND, *_BETWEEN))
    moment = MOMENT_OF_KIND.get(last["record"], "between")
    if moment == "step":  # what was waited for is over
        last = next(row for row in reversed(rows) if row["record"] == _STEP_STARTED)
    detail = last.get("step") or last.get("reason") or last.get("number") or ""
    return Halt("kill", moment, str(detail))
