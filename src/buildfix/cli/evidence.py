"""The file that `--evidence` names: it is read before a run, which then adds what it did."""

from __future__ import annotations

import sys
from pathlib import Path

from buildfix import __version__
from buildfix.catalog import Knowledge
from buildfix.core import events
from buildfix.core.errors import UsageError


def existing(path: Path | None) -> Path | None:
    """Return the file of evidence to read; None if a run is to create it; raises UsageError."""
    if path is None or path.exists():
        return path
    if not path.absolute().parent.is_dir():
        raise UsageError(f"There is no folder for {path}.", do="Create it, or name another file.")
    return None


def keep_evidence(path: Path, end: events.Finished, knowledge: Knowledge) -> None:
    """Add to a file what became of a run's remedies; a message says if that is impossible."""
    from buildfix.catalog.evidence import append_records  # slow to load, with what follows
    from buildfix.providers.evidence import lack
    from buildfix.render.evidence import evidence_document
    from buildfix.render.remedy_records import remedy_records

    if not end.journal:
        return

    def same(kind: str, subject: str) -> tuple[str, str]:
        return lack(kind, subject, knowledge)

    rows = evidence_document(end.journal, end.report.outcome, same)
    records = remedy_records([(end.journal[0].at, rows)], __version__)
    try:
        append_records(path, records)
    except OSError as error:
        sys.stderr.write(f"buildfix: the evidence was not added to {path}: {error.strerror}.\n")
