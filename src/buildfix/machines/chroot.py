"""Another root on this machine, by chroot(8)."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Sequence
from pathlib import Path

from buildfix.core.errors import PersonNeeded, UsageError
from buildfix.machines.local import start_process
from buildfix.machines.remote import Ends, put_by_tee

_ENVIRONMENT = {
    "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
    "LANG": "C.UTF-8",
}
"""Nothing of this process's own: folders and interpreters that it names are not in there."""


class Chroot:
    """A folder with a system in it, whose /proc and /dev are mounted by whoever made it."""

    one_stream = False
    same_network = True
    _prefix: tuple[str, ...] = ()
    """The words that run a command where the root can be seen."""

    def __init__(self, title: str, root: Path):
        """Use a folder as the root; raises BuildfixError if it cannot be entered."""
        self.title = title
        self._root = str(root)
        if not root.is_dir():
            raise UsageError(f"Folder {root} does not exist.", do="Check the path after chroot:.")
        if not hasattr(os, "geteuid") or os.geteuid() != 0:
            raise PersonNeeded(f"Only root can enter {title}.", do="Run buildfix as root.")

    def start(
        self, argv: Sequence[str], ends: Ends, *, terminal: bool = False
    ) -> subprocess.Popen[bytes]:
        """Start a process there."""
        kind = {"TERM": os.environ["TERM"]} if terminal and "TERM" in os.environ else {}
        call = [*self._prefix, "chroot", self._root, *argv]
        environ = {**_ENVIRONMENT, **kind}
        return start_process(call, environ, (), start_new_session=not terminal, **vars(ends))

    def put(self, file: Path, target: str) -> None:
        """Copy a file to a path there; links cannot lead outside. Raises MachineError."""
        put_by_tee(self, file, target)

    def close(self) -> None:
        """Do nothing: nothing is held."""
