"""Temporary folders: removed after use; those of killed runs are removed by a later run."""

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
"""Age from which folders of unseen processes (of other containers) are removed."""


@contextlib.contextmanager
def scratch(within: Path | None = None) -> Iterator[Path]:
    """Provide a temporary folder: hidden `within` a folder, or else in the usual place.

    Raises OSError if none can be created.
    """
    prefix = f"{'.' if within else ''}{_PREFIX}{os.getpid()}-"
    with tempfile.TemporaryDirectory(
        prefix=prefix, dir=within, ignore_cleanup_errors=True
    ) as folder:
        yield Path(folder)


def write_for_builds(path: Path, text: str) -> None:
    """Write a file that builds read, also as another user and whatever the umask is.

    New folders on its path are open to all for reading.
    """
    new = [one for one in path.parents if not one.exists()]
    path.parent.mkdir(parents=True, exist_ok=True)
    for one in new:
        one.chmod(0o755)
    path.write_text(text, encoding="utf-8")
    path.chmod(0o644)


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
    """Remove a folder, again while killed processes still write to it."""
    for _ in range(_REMOVALS):
        shutil.rmtree(folder, onerror=_unlock)
        if not folder.exists():
            return
        time.sleep(_REMOVAL_PAUSE)


def _unlock(function: Callable[[str], object], path: str, _: object) -> None:
    """Remove the contents of a read-only folder, such as Go's modules.

    Root may do so anyway, and must not follow links that somebody else created.
    """
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        return
    with contextlib.suppress(OSError):
        for one in (Path(path).parent, Path(path)):
            one.chmod(0o700)
        function(path)


def forget_killed_runs(within: Path | None = None) -> None:
    """Remove scratch folders of this user's runs that were killed more than a day ago."""
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
    """Return whether a process with this number runs; True if that cannot be determined."""
    if os.name == "nt":  # there kill(2) is no question
        return True
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except OSError:  # another user's
        return True
    return True
