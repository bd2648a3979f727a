"""What running buildfix on another machine takes: start a process there, copy a file there."""

from __future__ import annotations

import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Protocol

from buildfix.core.errors import MachineError

End = int | IO[bytes] | None
"""Where a stream of a process leads, as for Popen; None: where this process's own leads."""


@dataclass(frozen=True)
class Ends:
    """Where the standard streams of a process lead."""

    stdin: End = None
    stdout: End = None
    stderr: End = None


class RemoteMachine(Protocol):
    """A machine that is not this one: behind ssh, in another root, in a container."""

    title: str
    """What it is called in messages: `root@host`."""
    one_stream: bool
    """Whether a terminal there makes one stream of stdout and stderr."""
    same_network: bool
    """Whether proxies and certificates of this machine hold there as well."""

    def start(
        self, argv: Sequence[str], ends: Ends, *, terminal: bool = False
    ) -> subprocess.Popen[bytes]:
        """Start a process there, with `terminal` on this terminal; raises CommandNotFound.

        Without a terminal, no signal of this terminal reaches it.
        """
        ...

    def put(self, file: Path, target: str) -> None:
        """Copy a file to a path there; raises MachineError."""
        ...

    def close(self) -> None:
        """Close the connection."""
        ...


@dataclass(frozen=True)
class Ended:
    """A process there that has ended."""

    returncode: int
    stdout: bytes
    stderr: bytes

    @property
    def reason(self) -> str:
        """The last line that it wrote to stderr."""
        lines = self.stderr.decode("utf-8", "replace").split("\n")
        return next((line.strip() for line in reversed(lines) if line.strip()), "")


def run_there(machine: RemoteMachine, argv: Sequence[str], stdin: bytes = b"") -> Ended:
    """Run a process there to its end; raises CommandNotFound."""
    pipe = subprocess.PIPE
    process = machine.start(argv, Ends(pipe, pipe, pipe))
    out, err = process.communicate(stdin)
    return Ended(process.returncode, out, err)


def put_by_tee(machine: RemoteMachine, file: Path, target: str) -> None:
    """Copy a file through a process there, which resolves the path in its own root."""
    with file.open("rb") as content:
        ends = Ends(content, subprocess.DEVNULL, subprocess.PIPE)
        process = machine.start(["tee", target], ends)
        _, err = process.communicate()
    if process.returncode:
        reason = Ended(process.returncode, b"", err).reason
        raise MachineError(f"Cannot write to {target} on {machine.title}: {reason}.")
