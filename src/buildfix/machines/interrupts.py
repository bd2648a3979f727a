"""Ctrl-C while a package manager works: its step is finished first, and the terminal is kept.

A manager that is stopped midway leaves packages broken. So the first interrupt is only counted, and
the manager, which is in a process group of its own, does not see it; a second one kills the group.
"""

from __future__ import annotations

import contextlib
import os
import queue
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from types import FrameType
from typing import Any

from buildfix.machines.process_table import processes

SIGNALS = ("SIGINT", "SIGTERM", "SIGHUP")
"""What asks buildfix to end."""
_POLL_SECONDS = 0.1
_GRACE_SECONDS = 5.0
_LINGER_SECONDS = 1.0
"""How long output is awaited once a process has ended: a daemon of its may hold the pipe open."""


class Interrupts:
    """How often this process was asked to end while that was held back."""

    count = 0
    last = 0
    """The signal that came last."""

    def note(self, number: int, frame: FrameType | None) -> None:  # noqa: ARG002
        """Count one; a signal handler."""
        self.count += 1
        self.last = number


@contextlib.contextmanager
def held_back() -> Iterator[Interrupts]:
    """Count what asks this process to end in place of ending it.

    A signal that is ignored stays ignored (nohup(1)); outside of the main thread, which alone may
    set handlers (signal(3py)), nothing is held back.
    """
    interrupts = Interrupts()
    before: dict[int, Any] = {}
    if threading.current_thread() is threading.main_thread():
        for number in (getattr(signal, name, None) for name in SIGNALS):
            if number is not None and signal.getsignal(number) not in (signal.SIG_IGN, None):
                before[number] = signal.signal(number, interrupts.note)
    try:
        yield interrupts
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextlib.contextmanager
def terminal_kept() -> Iterator[None]:
    """Put the terminal's settings back to what they were before, however the block ends."""
    with contextlib.ExitStack() as stack:
        with contextlib.suppress(ImportError, OSError):  # no terminal, or none of POSIX's
            import termios

            terminal = os.open("/dev/tty", os.O_RDWR | os.O_CLOEXEC | os.O_NOCTTY)
            stack.callback(os.close, terminal)
            settings = termios.tcgetattr(terminal)
            stack.callback(_restore, terminal, settings)
        yield


def _restore(terminal: int, settings: list[Any]) -> None:
    """Set a terminal as it was, unless another job than ours has it now."""
    import termios

    with contextlib.suppress(OSError, termios.error):
        mine = os.tcgetpgrp(terminal) == os.getpgrp()
        if mine and termios.tcgetattr(terminal) != settings:
            termios.tcsetattr(terminal, termios.TCSADRAIN, settings)


def own_group(argv: Sequence[str]) -> dict[str, Any]:
    """Return the options of Popen that part a command from the terminal's interrupts.

    sudo(8) knows by the session that the password was given; all else gets a session of its own, in
    which nothing can wait for an answer from the terminal.
    """
    if sys.platform == "win32":
        return {"creationflags": subprocess.CREATE_NEW_PROCESS_GROUP}
    if argv[0] != "sudo":
        return {"start_new_session": True}
    if "-n" not in argv[:2]:  # only in the foreground can it ask
        return {}
    if sys.version_info >= (3, 11):
        return {"process_group": 0}
    return {"preexec_fn": os.setpgrp}


class HeldStream:
    """The lines of a process in a group of its own; the second interrupt kills that group."""

    peak_rss: int | None = None
    given_up: bool = False

    def __init__(
        self,
        process: subprocess.Popen[bytes],
        interrupts: Interrupts,
        kill: Callable[[Sequence[int], int], None] | None = None,
    ):
        """Read from `process`; `kill` sends a signal to processes that are not ours."""
        self.returncode = 0
        self._process = process
        self._interrupts = interrupts
        self._kill = kill
        self._killed = False
        self._lines: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def __iter__(self) -> Iterator[str]:
        """Yield each line, and an empty one when an interrupt has come."""
        seen = self._interrupts.count
        for line in self._until_end():
            if line:
                yield line.decode("utf-8", "replace").rstrip("\r\n")
            if self._interrupts.count > seen:
                seen = self._interrupts.count
                yield ""
                if seen > 1:
                    self._kill_group()
        self.returncode = self._process.wait()

    def end(self) -> None:
        """Wait for the process if it was not read to its end; it is not stopped midway."""
        for _ in self:
            pass
        if self._process.stdout and not self._reader.is_alive():
            self._process.stdout.close()

    def _read(self) -> None:
        for line in self._process.stdout or ():
            self._lines.put(line)
        self._lines.put(None)

    def _until_end(self) -> Iterator[bytes]:
        """Yield lines, and empty ones in between, until process and output are at an end."""
        ended_at: float | None = None
        while True:
            try:
                line = self._lines.get(timeout=_POLL_SECONDS)
            except queue.Empty:
                line = b""
            if line is None:
                break
            yield line
            if not line and self._process.poll() is not None:
                ended_at = ended_at or time.monotonic()
                if time.monotonic() - ended_at > _LINGER_SECONDS:
                    break
        while self._process.poll() is None:  # its output is closed, and it goes on
            yield b""
            time.sleep(_POLL_SECONDS)
        self._lines.put(None)  # who reads on is at the end at once

    def _kill_group(self) -> None:
        """End all of the group: politely, then after five seconds for good."""
        if self._killed:
            return
        self._killed = True
        if sys.platform == "win32":
            self._process.kill()
            return
        others = descendants(self._process.pid) if self._kill else ()
        for number in (signal.SIGTERM, signal.SIGKILL):
            if self._kill:
                self._kill((*reversed(others), self._process.pid), number)
            else:
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(self._process.pid, number)
            deadline = time.monotonic() + _GRACE_SECONDS
            while (alive := self._alive(others)) and time.monotonic() < deadline:
                time.sleep(_POLL_SECONDS)
            if not alive:
                return

    def _alive(self, others: Sequence[int]) -> bool:
        """Say whether any of the group or of the `others` still runs (elsewhere: the process)."""
        leader = self._process.pid
        mine = (one for one in processes() if int(one[1][2]) == leader or one[0] in others)
        return self._process.poll() is None or any(fields[0] != b"Z" for _, fields in mine)


def descendants(root: int) -> tuple[int, ...]:
    """Return the processes that a process has started, and theirs (Linux, proc(5))."""
    parents = {pid: int(fields[1]) for pid, fields in processes()}
    found = [root]
    for one in found:
        found += [pid for pid, parent in parents.items() if parent == one]
    return tuple(found[1:])
