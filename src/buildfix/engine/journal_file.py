"""The file of a journal: a line of JSON for each record, and how it is read back.

A journal that another version wrote in another form cannot be read, and counts as empty.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import fields, is_dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args

from buildfix.core import Step
from buildfix.core.events import Entry, Record, RunEnded, RunStarted
from buildfix.core.learned import KilledRunsFound
from buildfix.core.redaction import redacted
from buildfix.engine.journal_records import kind_of

if TYPE_CHECKING:
    from cattrs import Converter  # only a killed run's journal is read

JOURNAL = "journal.jsonl"
"""The file of a run's journal, in the folder of its logs."""

_CLASS = "class"
"""The key with the class of a step."""
_START = 80
"""The time and kind of a record are in this many characters at the start of its line."""
_LAST_BYTES = 200
"""The line that records the end is shorter than this."""
_HEAD = (kind_of(RunStarted), kind_of(KilledRunsFound))
_UNREADABLE = (AttributeError, KeyError, OSError, TypeError, ValueError)


def line_of(entry: Entry) -> str:
    """Return a record as a line, without credentials."""
    row = {"at": entry.at, "record": kind_of(type(entry.record)), **_plain(entry.record)}
    return json.dumps(row)


def read_journal(file: Path) -> tuple[Entry, ...]:
    """Return the records of a journal, up to the first unreadable one."""
    return tuple(_entries(file))


def read_head(file: Path) -> tuple[Entry, ...]:
    """Return the records at the start of a run: its process, and the killed runs it reports."""
    return tuple(_entries(file, _HEAD))


def is_complete(file: Path) -> bool:
    """Return whether the last record of a journal is the end of the run."""
    with suppress(OSError), file.open("rb") as lines:
        lines.seek(max(0, file.stat().st_size - _LAST_BYTES))
        return f'"record": "{kind_of(RunEnded)}"'.encode() in lines.read()
    return False


def _entries(file: Path, only: Sequence[str] = ()) -> Iterator[Entry]:
    """Yield the records of a journal; with `only` the first ones, as long as they are of these."""
    with suppress(*_UNREADABLE), file.open(encoding="utf-8") as lines:
        for line in lines:
            if only and not any(f'"record": "{kind}"' in line[:_START] for kind in only):
                return  # what a target has may be a long line
            row = json.loads(line)
            yield Entry(row["at"], _converter().structure(row, _kinds()[row["record"]]))


@cache
def _kinds() -> Mapping[str, type]:
    return {kind_of(kind): kind for kind in get_args(Record)}


def _plain(value: Any) -> Any:
    """Return a value as JSON has it, without credentials."""
    if isinstance(value, str):
        return redacted(value)
    if is_dataclass(value):
        row = {one.name: _plain(getattr(value, one.name)) for one in fields(value)}
        return {_CLASS: type(value).__name__, **row} if isinstance(value, Step) else row
    if isinstance(value, Mapping):
        return {name: _plain(one) for name, one in value.items()}
    if isinstance(value, frozenset):
        return sorted(map(_plain, value))
    return list(map(_plain, value)) if isinstance(value, tuple) else value


@cache
def _converter() -> Converter:
    from cattrs import Converter

    converter = Converter(detailed_validation=False)
    converter.register_structure_hook_func(lambda kind: kind is Step, _step)
    return converter


def _step(row: Mapping[str, Any], _: type) -> Step:
    kind = next(one for one in _below(Step) if one.__name__ == row[_CLASS])
    return _converter().structure(row, kind)


def _below(kind: type[Step]) -> Iterator[type[Step]]:
    for one in kind.__subclasses__():
        yield one
        yield from _below(one)
