"""Folders to work in: each goes when it is left, and those of a killed run at a later one."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

_PREFIX = "buildfix-"
_OWN = re.compile(r"\.?buildfix-(?P<process>\d+)-\w+")
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
        return old and mine and not _is_running(process)
    return False


def _is_running(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except OSError:  # another user's
        return True
    return True
