"""Folders to work in: each goes when it is left, and those of a killed run at a later one."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from buildfix.core import Variables
from buildfix.core.system import HERE

_PREFIX = "buildfix-"
_OWN = re.compile(r"\.?buildfix-(?P<process>\d+)-\w+")
_REMOVALS, _REMOVAL_PAUSE = 5, 0.2
_OLD_SECONDS = 24 * 3600.0
"""A process of another container, which shares the folder, cannot be seen: so much it may take."""


@contextlib.contextmanager
def scratch(within: Path | None = None) -> Iterator[Path]:
    """Give a folder that goes afterwards: a hidden one `within` a folder, else a temporary one.

    Raises OSError where none can be made.
    """
    prefix = f"{'.' if within else ''}{_PREFIX}{os.getpid()}-"
    with tempfile.TemporaryDirectory(
        prefix=prefix, dir=within, ignore_cleanup_errors=True
    ) as folder:
        yield Path(folder)


@contextlib.contextmanager
def temporary_folder(told: Variables) -> Iterator[Variables]:
    """Give what makes a command use a temporary folder of its own, which goes afterwards.

    It lies in the usual one, so that it has the same room and what is built may be run in it.
    Root's is open to all as that one is, for what builds run as another user. Nothing is given
    where the command is `told` another folder, or where none can be made.
    """
    if any(name in HERE.temporary for name, _ in told):
        yield ()
        return
    try:
        folder = tempfile.mkdtemp(prefix=f"{_PREFIX}{os.getpid()}-")
    except OSError:
        yield ()
        return
    try:
        if hasattr(os, "geteuid") and os.geteuid() == 0:
            Path(folder).chmod(0o1777)
        yield tuple((name, folder) for name in HERE.temporary)
    finally:
        _remove(Path(folder))


def _remove(folder: Path) -> None:
    """Remove a folder, again while what was killed in it still writes."""
    for _ in range(_REMOVALS):
        shutil.rmtree(folder, onerror=_unlock)
        if not folder.exists():
            return
        time.sleep(_REMOVAL_PAUSE)


def _unlock(function: Callable[[str], object], path: str, _: object) -> None:
    """Remove what lies in a folder that may not be written to, as Go leaves its modules.

    Root may anyway, and must follow no link that somebody else put there.
    """
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        return
    with contextlib.suppress(OSError):
        for one in (Path(path).parent, Path(path)):
            one.chmod(0o700)
        function(path)


def forget_killed_runs(within: Path | None = None) -> None:
    """Remove the scratch folders of this user's runs that were killed more than a day ago."""
    place = within or Path(tempfile.gettempdir())
    with contextlib.suppress(OSError):
        for entry in os.scandir(place):
            match = _OWN.fullmatch(entry.name)
            if match and _is_left_over(entry, int(match["process"])):
                shutil.rmtree(entry.path, ignore_errors=True)


def _is_left_over(entry: os.DirEntry[str], process: int) -> bool:
    if not hasattr(os, "geteuid"):  # on Windows it cannot be asked whose it is
        return False
    with contextlib.suppress(OSError):
        facts = entry.stat(follow_symlinks=False)
        old = time.time() - facts.st_mtime > _OLD_SECONDS
        mine = entry.is_dir(follow_symlinks=False) and facts.st_uid == os.geteuid()
        return old and mine and not is_running(process)
    return False


def is_running(process: int) -> bool:
    """Say whether a process of this number runs; it counts as running where nobody can tell."""
    if os.name == "nt":  # there kill(2) is no question
        return True
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except OSError:  # another user's
        return True
    return True
