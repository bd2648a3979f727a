"""The status line of a terminal: what is done now, drawn by a thread until something is written.

It is the first thing that a run shows, so it needs nothing that is slow to import.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from itertools import count

Words = Callable[[float], str]
"""What to show at a time of the monotonic clock."""

_FRAMES = "⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏"
_ASCII_FRAMES = "|/-\\"
_PAUSE = 0.1
_ERASED = "\r\x1b[K"
_COLUMNS = 80
_QUIET = ("--quiet", "-h", "--help", "--version", "-V")
_TO_STDOUT = ("--json", "--export")


class StatusLine:
    """One line at the bottom of a terminal; it is only drawn where a line begins."""

    def __init__(self, write: Callable[[str], None], columns: Callable[[], int], encoding: str):
        """Draw with `write`, in at most `columns()` minus one columns."""
        self._write = write
        self._columns = columns
        self._frames = _FRAMES if encoding.lower().startswith("utf") else _ASCII_FRAMES
        self._lock = threading.RLock()
        self._words: Words | None = None
        self._drawn = False
        self._at_start = True
        self._thread: threading.Thread | None = None

    def show(self, words: Words) -> None:
        """Show this from now on, until it is hidden."""
        with self._lock:
            self._words = words
            if self._thread is None:
                self._thread = threading.Thread(target=self._draw_on, daemon=True)
                self._thread.start()

    def hide(self) -> None:
        """Erase the line, and draw it no more until the next `show`."""
        with self._lock:
            self._words = None
            self._erase()

    def line_ended(self) -> None:
        """Draw again: what was typed on the terminal has ended its line."""
        with self._lock:
            self._at_start = True

    @contextmanager
    def making_way(self, text: str) -> Iterator[None]:
        """Erase the line while `text` is written; it returns once a line has ended."""
        with self._lock:
            self._erase()
            yield
            if text:
                self._at_start = text.endswith("\n")

    def _draw_on(self) -> None:
        for number in count():
            time.sleep(_PAUSE if number else _PAUSE / 2)
            with self._lock:
                if self._words and self._at_start:
                    self._draw(number)

    def _draw(self, number: int) -> None:
        words = self._words(time.monotonic()) if self._words else ""
        text = fitted(words, self._columns() - 3)
        self._write(f"\r{self._frames[number % len(self._frames)]} {text}\x1b[K")
        self._drawn = True

    def _erase(self) -> None:
        if self._drawn:
            self._write(_ERASED)
        self._drawn = False


def fitted(text: str, width: int) -> str:
    """Return the beginning of a text that fits, cut between words."""
    if len(text) <= width:
        return text
    return text[: max(width - 1, 0)].rpartition(" ")[0].rstrip() + " …"


def columns_of(number: int) -> int:
    """Return the width of the terminal behind a file descriptor."""
    try:
        return os.get_terminal_size(number).columns or _COLUMNS
    except OSError:
        return _COLUMNS


def can_show(environ: Mapping[str, str]) -> bool:
    """Return whether a terminal in this environment can redraw a line that somebody watches."""
    return os.name != "nt" and not environ.get("CI") and environ.get("TERM", "dumb") != "dumb"


def wanted_on(words: Collection[str]) -> int | None:
    """Return the standard stream whose terminal shows the status of a command line, if any."""
    if not words or any(one in _QUIET or one.startswith("-q") for one in words):
        return None
    return 2 if any(one.startswith(_TO_STDOUT) for one in words) else 1
