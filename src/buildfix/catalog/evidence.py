"""The records of remedies in a file, each a line of JSON (`buildfix.evidence/1`).

Records of the same remedy, cause and system are added when they are read, so that a run only
appends what it did.
"""

from __future__ import annotations

import errno
import json
import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from buildfix.core.errors import UsageError
from buildfix.core.evidence import RemedyRecord

EVIDENCE = "evidence.jsonl"
"""The file of a folder of recipes with what became of their remedies."""
SCHEMA = "buildfix.evidence/1"
_DO = "Name a file that `buildfix fix --evidence FILE` has written."


def read_records(path: Path) -> tuple[RemedyRecord, ...]:
    """Return the records in a file; raises UsageError if it is unreadable or another file."""
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except OSError as error:
        raise UsageError(f"Cannot read {path}: {error.strerror}.", do=_DO) from error
    except UnicodeDecodeError as error:
        raise UsageError(f"{path} has no records of remedies.", do=_DO) from error
    return added(_record(line, f"{path}, line {at}") for at, line in enumerate(lines, 1) if line)


def all_records(folders: Iterable[Path], file: Path | None) -> tuple[RemedyRecord, ...]:
    """Return the records of folders of recipes and of a file; raises UsageError."""
    files = [path for folder in folders if (path := folder / EVIDENCE).is_file()]
    return added(one for path in (*files, *filter(None, [file])) for one in read_records(path))


def append_records(path: Path, records: Iterable[RemedyRecord]) -> None:
    """Write records to the end of a file, all or none of them; raises OSError.

    They begin on a line of their own, even if something else ended the file without a newline.
    """
    rows = ({"schema": SCHEMA, **fields_of(one)} for one in records)
    text = "".join(f"{json.dumps(row)}\n" for row in rows).encode()
    with path.open("a+b", buffering=0) as file:  # one write, so that runs do not mix their lines
        size = file.seek(0, os.SEEK_END)
        file.seek(max(0, size - 1))
        if file.read(1) not in (b"", b"\n"):
            text = b"\n" + text
        if file.write(text) < len(text):
            file.truncate(size)
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(path))


def fields_of(record: RemedyRecord) -> dict[str, Any]:
    """Return a record as documents have it."""
    row = dict(vars(record))
    cause = {"kind": row.pop("kind"), "subject": row.pop("subject")}
    return {**row, "cause": cause, "versions": list(record.versions)}


def added(records: Iterable[RemedyRecord]) -> tuple[RemedyRecord, ...]:
    """Return one record for each remedy, cause and system, in the order of their first ones."""
    found: dict[tuple[str, ...], RemedyRecord] = {}
    for one in records:
        known = found.get(one.key)
        found[one.key] = known.plus(one) if known else one
    return tuple(found.values())


def _record(line: str, where: str) -> RemedyRecord:
    try:
        row = json.loads(line)
        cause = row["cause"]
        record = RemedyRecord(
            row["system"],
            row["remedy"],
            cause["kind"],
            cause["subject"],
            applied=row["applied"],
            gone=row["gone"],
            installed=row["installed"],
            first=row["first"],
            last=row["last"],
            versions=tuple(row["versions"]),
        )
        texts = (*record.key, record.first, record.last, *record.versions)
        good = row["schema"] == SCHEMA and all(isinstance(one, str) for one in texts)
        counts = (record.applied, record.gone, record.installed, 0)
        if not good or not all(type(one) is int for one in counts):
            raise TypeError
        if sorted(counts, reverse=True) != list(counts):
            raise ValueError
    except (ValueError, KeyError, TypeError) as error:
        raise UsageError(f"{where}, is not the record of a remedy ({SCHEMA}).", do=_DO) from error
    return record
