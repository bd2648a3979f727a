"""Threads that can be stopped, with the process that they wait for."""

from __future__ import annotations

import contextlib
import subprocess
import threading
from collections.abc import Callable, Iterator

_PATIENCE = 2.0
"""Seconds until a thread that computes must notice that it was stopped."""


class _Stopped(BaseException):
    """Ends the work of a thread that was stopped; no handler of errors keeps it."""


class StoppableThread(threading.Thread):
    """A thread that does some work; the program does not wait for it at its end."""

    def __init__(self, work: Callable[[], object]):
        """Do not start yet."""
        super().__init__(target=work, daemon=True)
        self._stopped = False
        self._woken = threading.Event()
        self._process: subprocess.Popen[bytes] | None = None

    def run(self) -> None:
        """Do the work."""
        with contextlib.suppress(_Stopped):
            super().run()

    def stop(self) -> None:
        """End the work, at the latest where it next runs a process; wait for both."""
        self._stopped = True
        self.wake()
        if process := self._process:
            _end(process)
        self.join(_PATIENCE)

    def wake(self) -> None:
        """End the pause, or do not begin it."""
        self._woken.set()

    def pause(self, seconds: float) -> None:
        """Wait until that time is over or somebody calls `wake`, in this thread."""
        self._woken.wait(seconds)
        self.end_if_stopped()

    @contextlib.contextmanager
    def waits_for(self, process: subprocess.Popen[bytes]) -> Iterator[None]:
        """Have `stop` end this process."""
        self._process = process
        try:
            if self._stopped:
                _end(process)
            yield
        finally:
            self._process = None
        self.end_if_stopped()

    def end_if_stopped(self) -> None:
        """End the work, in this thread, if it was stopped."""
        if self._stopped:
            raise _Stopped


def end_if_stopped() -> None:
    """End the work of the current thread if it was stopped."""
    thread = threading.current_thread()
    if isinstance(thread, StoppableThread):
        thread.end_if_stopped()


def waiting_for(process: subprocess.Popen[bytes]) -> contextlib.AbstractContextManager[None]:
    """Have the process end if the current thread is stopped, which also ends the thread."""
    thread = threading.current_thread()
    if isinstance(thread, StoppableThread):
        return thread.waits_for(process)
    return contextlib.nullcontext()


def _end(process: subprocess.Popen[bytes]) -> None:
    with contextlib.suppress(PermissionError):  # sudo, which soon ends
        process.kill()
    process.wait()
