"""The bed's own folder on disk: cached roots and layers, locks, and the runs under way."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.bed.errors import BedUnavailable

STORE_VARIABLE = "BUILDFIX_TESTBED"


def store() -> Path:
    """Return the folder that holds everything the bed keeps, made if need be."""
    named = os.environ.get(STORE_VARIABLE) or "~/.cache/buildfix-testbed"
    folder = Path(named).expanduser()
    folder.mkdir(parents=True, exist_ok=True)
    folder = folder.resolve()
    if set(str(folder)) & set(",:\\ "):
        raise BedUnavailable(f"{folder}: overlay mounts want a path without , : \\ or a space")
    return folder


def part(name: str) -> Path:
    """Return a sub-folder of the store, made if need be."""
    folder = store() / name
    folder.mkdir(parents=True, exist_ok=True)
    return folder


@contextmanager
def locked(name: str) -> Iterator[None]:
    """Hold the named lock against every other process and thread."""
    with (part("locks") / f"{name}.lock").open("w") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
