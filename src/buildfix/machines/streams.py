"""Standard streams that never end a run: closed, full, of a reader that has gone, or plain ASCII.

What cannot be written is let go of, and remembered: a build goes on, and the exit code tells in the
end that not all that was to be read could be written.
"""

from __future__ import annotations

import errno
import io
import os
import sys
from typing import TYPE_CHECKING

from buildfix.machines.status_line import StatusLine, can_show, columns_of, wanted_on

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import TextIO

    from _typeshed import ReadableBuffer

_STANDARD = (0, 1, 2)


class _Forgiving(io.FileIO):
    """A file that takes all that is written to it, and remembers the first error."""

    def __init__(self, number: int):
        super().__init__(number, "w", closefd=False)
        self.error: OSError | None = None

    def write(self, data: ReadableBuffer, /) -> int:
        """Write what can be written; returns how much was taken."""
        if self.error is None:
            try:
                return super().write(data) or 0
            except OSError as error:
                self.error = error
        return memoryview(data).nbytes


class Streams:
    """Standard output and error of this process, as they are from here on."""

    def __init__(self) -> None:
        """Open what is closed, so that no file is taken for it, and put forgiving streams there."""
        self._closed = [number for number in _STANDARD if not _is_open(number)]
        for number in self._closed:
            _open_nothing(number)
        if sys.stdin is None:
            sys.stdin = open(0, encoding="utf-8", closefd=False)  # noqa: SIM115
        self._out = _Forgiving(1)
        sys.stdout = _text(self._out, sys.stdout)
        sys.stderr = _text(_Forgiving(2), sys.stderr)

    def show_status(self, words: Sequence[str]) -> None:
        """Show on a terminal that a command line has started; writing anything erases it."""
        number = wanted_on(words)
        stream = {1: sys.stdout, 2: sys.stderr}.get(number or 0)
        if not (isinstance(stream, _Text) and stream.isatty() and can_show(os.environ)):
            return
        status = StatusLine(stream.draw, lambda: columns_of(stream.fileno()), stream.encoding)
        for one in (sys.stdout, sys.stderr):
            if isinstance(one, _Text) and one.isatty():
                one.status = status
        status.show(lambda _: "Starting")

    def ended(self, code: int) -> int:
        """Write what is left and return the exit code: 1 in place of 0 where not all was written.

        Why is said on standard error, unless a reader has gone, which wants to know nothing.
        """
        hide_status()
        wanted = sys.stdout.tell_any if isinstance(sys.stdout, _Text) else False
        sys.stdout.flush()
        error = self._out.error
        if error is None and wanted and 1 in self._closed:
            error = OSError(errno.EBADF, os.strerror(errno.EBADF))
        if error is None:
            return code
        if error.errno != errno.EPIPE:
            sys.stderr.write(f"buildfix: Cannot write the output: {error.strerror}.\n")
            sys.stderr.flush()
        return code or 1


class _Text(io.TextIOWrapper):
    """A text stream that knows whether anything was written to it, and the status line below."""

    tell_any = False
    status: StatusLine | None = None

    def write(self, text: str, /) -> int:
        """Write a text; a status line makes way for it."""
        self.tell_any = self.tell_any or bool(text)
        if self.status is None:
            return super().write(text)
        with self.status.making_way(text):
            return super().write(text)

    def draw(self, text: str) -> None:
        """Write a part of the status line."""
        super().write(text)
        self.flush()


def status_of(stream: TextIO) -> StatusLine | None:
    """Return the status line of a stream, if it has one."""
    return stream.status if isinstance(stream, _Text) else None


def hide_status() -> None:
    """Erase the status line, because another program may write to the terminal now."""
    for stream in (sys.stdout, sys.stderr):
        if status := status_of(stream):
            status.hide()


def line_ended() -> None:
    """Note that a person has ended the line of the terminal by typing."""
    for stream in (sys.stdout, sys.stderr):
        if status := status_of(stream):
            status.line_ended()


def _text(raw: _Forgiving, before: TextIO | None) -> _Text:
    """Return a text stream in the encoding of the one before; what that lacks is written out."""
    encoding = getattr(before, "encoding", None) or "utf-8"
    lines = raw.fileno() == 2 or raw.isatty()
    buffer = io.BufferedWriter(raw)
    return _Text(buffer, encoding=encoding, errors="backslashreplace", line_buffering=lines)


def _is_open(number: int) -> bool:
    try:
        os.fstat(number)
    except OSError:
        return False
    return True


def _open_nothing(number: int) -> None:
    """Have a standard stream lead nowhere, for what this process starts as well."""
    nothing = os.open(os.devnull, os.O_RDWR)
    if nothing != number:
        os.dup2(nothing, number)
        os.close(nothing)
    os.set_inheritable(number, True)
