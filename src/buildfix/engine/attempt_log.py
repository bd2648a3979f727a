"""The log of an attempt: lines are written at once, and a full disk does not stop the build."""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import TextIO


class AttemptLog:
    """Writes lines to a file, and continues in a temporary file if that fails."""

    def __init__(self, path: Path):
        """Start a log at `path`, or where one can be written."""
        self.path = path
        self.note = ""
        """Why the log is elsewhere, in a sentence; empty where it is not."""
        self._file = self._begun()

    def write(self, line: str) -> None:
        """Write a line; if this process is killed, all lines up to it are kept."""
        try:
            self._file.write(line + "\n")
        except OSError as error:
            self._move(error)
            with contextlib.suppress(OSError):
                self._file.write(line + "\n")

    def close(self) -> None:
        """Close the file."""
        with contextlib.suppress(OSError):
            self._file.close()

    def _begun(self) -> TextIO:
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            return _opened(self.path, "w")
        except OSError as error:
            return self._elsewhere(error)

    def _move(self, error: OSError) -> None:
        """Continue in another file, with what was written so far; finally without any file."""
        before = self.path
        self.close()
        self._file = self._elsewhere(error) if not self.note else self._nowhere(error)
        if self.path != Path(os.devnull):
            self._file.close()
            if before.is_file():
                with contextlib.suppress(OSError):
                    shutil.copyfile(before, self.path)
            self._file = _opened(self.path, "a")

    def _elsewhere(self, error: OSError) -> TextIO:
        try:
            folder = tempfile.mkdtemp(prefix="buildfix-log-")
            place = Path(folder, self.path.name)
            file = _opened(place, "w")
        except OSError:
            return self._nowhere(error)
        self._say(error, f"logging to {place} instead")
        self.path = place
        return file

    def _nowhere(self, error: OSError) -> TextIO:
        self._say(error, "the rest of the log is not saved")
        self.path = Path(os.devnull)
        return _opened(self.path, "w")

    def _say(self, error: OSError, instead: str) -> None:
        why = error.strerror or str(error)
        self.note = f"Cannot write the log to {self.path} ({why}): {instead}."


@contextlib.contextmanager
def log_of(path: Path) -> Iterator[AttemptLog]:
    """Open the log of an attempt, and close it afterwards."""
    log = AttemptLog(path)
    try:
        yield log
    finally:
        log.close()


def _opened(path: Path, mode: str) -> TextIO:
    return path.open(mode, encoding="utf-8", errors="backslashreplace", buffering=1)  # type: ignore[return-value]
