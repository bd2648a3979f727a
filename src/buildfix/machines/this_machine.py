"""This machine as one to copy buildfix to: what is done there does not touch this process."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Sequence
from pathlib import Path

from buildfix.machines.local import start_process
from buildfix.machines.remote import Ends, put_by_tee


class ThisMachine:
    """The machine that buildfix runs on."""

    title = "this machine"
    one_stream = False
    same_network = True

    def start(
        self, argv: Sequence[str], ends: Ends, *, terminal: bool = False
    ) -> subprocess.Popen[bytes]:
        """Start a process; raises CommandNotFound."""
        return start_process(argv, os.environ, (), start_new_session=not terminal, **vars(ends))

    def put(self, file: Path, target: str) -> None:
        """Copy a file; raises MachineError."""
        put_by_tee(self, file, target)

    def close(self) -> None:
        """Do nothing: nothing is held."""
