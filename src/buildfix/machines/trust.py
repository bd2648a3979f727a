"""Warns about files that decide what buildfix runs, if other users can write to them."""

from __future__ import annotations

import os
import stat
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from buildfix.core.printable import printable


@cache
def warn_of_others(path: Path) -> None:
    """Warn on stderr, once, if others can write to a file or to anything in a folder."""
    for place, why in _writable(path):
        text = f"{place} {why}: other users can control what buildfix runs for you."
        sys.stderr.write(f"buildfix: warning: {printable(text)}\n")
        return


def _writable(path: Path) -> Iterator[tuple[Path, str]]:
    """Yield what users other than root and this one can change, and why."""
    if sys.platform == "win32" or not path.exists():
        return
    inside = sorted(path.rglob("*")) if path.is_dir() else []
    for place in (path, *inside):
        try:
            facts = place.stat()
        except OSError:  # a broken link
            continue
        if facts.st_uid not in (0, os.geteuid()):
            yield place, f"belongs to {_user(facts.st_uid)}"
        elif facts.st_mode & stat.S_IWOTH:
            yield place, "is world-writable"
        elif facts.st_mode & stat.S_IWGRP and not _is_own_group(facts.st_gid, facts.st_uid):
            yield place, "is group-writable"


def _user(number: int) -> str:
    import pwd

    try:
        return pwd.getpwuid(number).pw_name
    except KeyError:
        return f"user {number}"


def _is_own_group(group: int, user: int) -> bool:
    """Return whether a group has one user only, as on Debian and Fedora."""
    import grp
    import pwd

    try:
        entry, owner = grp.getgrgid(group), pwd.getpwuid(user)
    except KeyError:
        return False
    return entry.gr_name == owner.pw_name and set(entry.gr_mem) <= {owner.pw_name}
