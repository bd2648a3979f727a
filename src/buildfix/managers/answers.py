"""Asking a package manager's programs, and reading what they say."""

from __future__ import annotations

import re
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence

from buildfix.errors import CommandNotFound
from buildfix.run import Machine

DAY = 24 * 3600.0
ENGLISH = (("LC_ALL", "C"),)
"""What makes programs speak the language that their output is read in."""

_FIELD = re.compile(r"(\w[\w ()-]*?)\s*: ?\s*(.*)")


def lines_of(machine: Machine, argv: Sequence[str], stdin: str = "") -> list[str]:
    """Return the lines that a program prints, none where the program is not there."""
    try:
        return machine.run(argv, ENGLISH, stdin).stdout.splitlines()
    except CommandNotFound:
        return []


def words_of(machine: Machine, argv: Sequence[str]) -> frozenset[str]:
    """Return the first word of each line that a program prints."""
    return frozenset(line.split()[0] for line in lines_of(machine, argv) if line.strip())


def fresh(machine: Machine, path: str, seconds: float) -> bool:
    """Say whether a file or folder was changed no longer ago than that (stat(1), GNU, busybox)."""
    answer = lines_of(machine, ["stat", "-c", "%Y", path])
    return bool(answer) and answer[0].isdigit() and time.time() - int(answer[0]) < seconds


def entries(machine: Machine, folder: str) -> list[str]:
    """Return the names in a folder, none where there is no such folder."""
    return lines_of(machine, ["ls", folder])


def records(lines: Iterable[str], first: str = "Name") -> Iterator[Mapping[str, str]]:
    """Yield the blocks of `Key : value` lines that begin with the key `first`."""
    record: dict[str, str] = {}
    for line in lines:
        match = _FIELD.match(line)
        if match and match[1] == first:
            if record:
                yield record
            record = {}
        if match and (record or match[1] == first):
            record.setdefault(match[1], match[2].strip())
    if record:
        yield record
