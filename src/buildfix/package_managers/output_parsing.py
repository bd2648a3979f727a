"""Runs a package manager's programs, and parses their output."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from buildfix.core.errors import CommandNotFound
from buildfix.machines.local import Machine, Variables

DAY = 24 * 3600.0
ENGLISH = (("LC_ALL", "C"),)
"""Makes programs print English, which the parsers expect."""

_MODIFIED = (("-c", "%Y"), ("-f", "%m"))
"""Options of stat(1) for seconds since 1970: GNU and busybox, then BSD and macOS."""
_FIELD = re.compile(r"(\w[\w ()-]*?)\s*: ?\s*(.*)")


def text_of(machine: Machine, argv: Sequence[str], env: Variables = ()) -> str:
    """Return what a program prints; empty if it is missing."""
    try:
        return machine.run(argv, (*ENGLISH, *env)).stdout
    except CommandNotFound:
        return ""


def lines_of(machine: Machine, argv: Sequence[str], env: Variables = ()) -> list[str]:
    """Return the lines that a program prints; empty if it is missing."""
    return text_of(machine, argv, env).splitlines()


def json_of(machine: Machine, argv: Sequence[str]) -> Any:
    """Return the JSON document that a program prints; None if it does not print one."""
    try:
        return json.loads(text_of(machine, argv))
    except json.JSONDecodeError:
        return None


def text_if_done(machine: Machine, argv: Sequence[str]) -> str | None:
    """Return what a program prints; None if it fails or is missing."""
    try:
        answer = machine.run(argv, ENGLISH)
    except CommandNotFound:
        return None
    return None if answer.returncode else answer.stdout


def words_of(machine: Machine, argv: Sequence[str]) -> frozenset[str]:
    """Return the first word of each line that a program prints."""
    return frozenset(line.split()[0] for line in lines_of(machine, argv) if line.strip())


def fresh(machine: Machine, path: str, seconds: float) -> bool:
    """Return whether a file or folder was changed within the last `seconds`."""
    for option, form in _MODIFIED:
        answer = text_of(machine, ["stat", option, form, path]).strip()
        if answer.isdigit():
            return time.time() - int(answer) < seconds
    return False


def entries(machine: Machine, folder: str) -> list[str]:
    """Return the names in a folder; empty if it does not exist."""
    return lines_of(machine, ["ls", folder])


def records(lines: Iterable[str], first: str = "Name") -> Iterator[Mapping[str, str]]:
    """Yield the blocks of `Key : value` lines; each starts with the key `first`."""
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
