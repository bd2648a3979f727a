"""A running container, by `docker exec` or `podman exec`."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Sequence
from pathlib import Path

from buildfix.machines.local import start_process
from buildfix.machines.remote import Ends, put_by_tee


class Container:
    """A container that runs already."""

    one_stream = True
    same_network = False

    def __init__(self, title: str, engine: str, name: str):
        """Use a container of an `engine` (docker or podman), by its name or id."""
        self.title = title
        self._engine = engine
        self._name = name

    def start(
        self, argv: Sequence[str], ends: Ends, *, terminal: bool = False
    ) -> subprocess.Popen[bytes]:
        """Start a process there; raises CommandNotFound without the engine."""
        call = self.call(argv, terminal=terminal)
        return start_process(call, os.environ, (), start_new_session=not terminal, **vars(ends))

    def call(self, argv: Sequence[str], *, terminal: bool) -> list[str]:
        """Return the argument vector that runs another one in the container."""
        tty = ["--tty"] if terminal else []
        return [self._engine, "exec", "--interactive", *tty, self._name, *argv]

    def put(self, file: Path, target: str) -> None:
        """Copy a file to a path there, as the container's user; raises MachineError."""
        put_by_tee(self, file, target)

    def close(self) -> None:
        """Do nothing: nothing is held."""
