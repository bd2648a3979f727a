"""What Linux tells of the processes of this machine (proc_pid_stat(5)); elsewhere nothing."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Iterator


def processes() -> Iterator[tuple[int, list[bytes]]]:
    """Yield processes with what follows the name in their `stat`: state ppid pgrp session …."""
    for name in os.listdir("/proc") if sys.platform == "linux" else ():  # noqa: PTH208
        if name.isdigit():
            with contextlib.suppress(OSError):  # it ended meanwhile
                with open(f"/proc/{name}/stat", "rb", buffering=0) as file:  # noqa: PTH123
                    fields = file.read().rpartition(b")")[2].split()
                yield int(name), fields


def in_session(session: int) -> Iterator[list[bytes]]:
    """Yield what is told of each process of a session."""
    for _, fields in processes():
        with contextlib.suppress(IndexError):
            if int(fields[3]) == session:
                yield fields
