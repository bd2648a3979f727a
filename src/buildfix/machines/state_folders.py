"""The folders for a run's own files: logs, memory peaks, and a home folder if there is none."""

from __future__ import annotations

import contextlib
import os
import shutil
import stat
import sys
import tempfile
import time
from pathlib import Path

from platformdirs import user_cache_path, user_log_path, user_state_path

from buildfix.core.errors import UsageError
from buildfix.machines.owners import our_own

_RUNS_KEPT = 20
_ROOM = 1 << 16
"""Bytes that must be free in a folder for logs."""


def settle() -> None:
    """Make sure that this process has a home and a current folder; raises UsageError.

    Without a home folder, a private temporary folder is used, also by child processes. UsageError
    is raised if there is no current folder.
    """
    _require_current_folder()
    if os.name == "posix" and not os.path.isabs(os.path.expanduser("~")):  # noqa: PTH111, PTH117
        home = _private_folder(f"buildfix-home-{os.geteuid()}")
        os.environ["HOME"] = str(home)
        sys.stderr.write(
            f"buildfix: user {os.geteuid()} has no home folder; using {home} instead.\n"
        )


def log_folder() -> Path:
    """Return a new folder for this run's logs, and remove those of the oldest runs.

    If the user's state folder is not writable, it is a temporary folder, and a message says so.
    """
    home = runs_folder()
    name = time.strftime("%Y%m%d-%H%M%S") + f"-{os.getpid()}"
    try:
        home.mkdir(parents=True, exist_ok=True)
        _forget_old_runs(home)
        (home / name).mkdir(exist_ok=True)
        _try_out(home / name)
    except OSError as error:
        instead = Path(tempfile.mkdtemp(prefix="buildfix-"))
        why = error.strerror or str(error)
        sys.stderr.write(
            f"buildfix: cannot write logs to {home} ({why}); writing to {instead} instead.\n"
        )
        return instead
    return home / name


def runs_folder() -> Path:
    """Return the folder that has a subfolder with logs and a journal for each run."""
    return our_own(user_log_path("buildfix"))


def peaks_file() -> Path:
    """Return the file that records how much memory builds used."""
    return our_own(user_state_path("buildfix")) / "peaks.json"


def objects_folder() -> Path:
    """Return the folder that keeps compiled objects."""
    return our_own(user_cache_path("buildfix")) / "objects"


def _require_current_folder() -> None:
    try:
        reachable = os.access(os.getcwd(), os.X_OK)  # noqa: PTH109
    except OSError:
        reachable = False
    if not reachable:
        raise UsageError(
            "The current folder does not exist or is not accessible.",
            do="Change to another folder.",
        )


def _private_folder(name: str) -> Path:
    """Return a temporary folder that only this user can access, of that name if possible."""
    place = Path(tempfile.gettempdir(), name)
    with contextlib.suppress(FileExistsError):
        place.mkdir(mode=0o700)
    facts = place.lstat()
    mine = stat.S_ISDIR(facts.st_mode) and facts.st_uid == os.geteuid()
    if mine and stat.S_IMODE(facts.st_mode) == 0o700:
        return place
    return Path(tempfile.mkdtemp(prefix=f"{name}-"))


def _try_out(folder: Path) -> None:
    """Raise OSError if a folder has no room for the beginning of a log."""
    trial = folder / "trial"
    try:
        trial.write_bytes(bytes(_ROOM))
    except OSError:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    trial.unlink()


def _forget_old_runs(home: Path) -> None:
    for run in sorted(path for path in home.iterdir() if path.is_dir())[:-_RUNS_KEPT]:
        shutil.rmtree(run, ignore_errors=True)
