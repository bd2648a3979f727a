"""A machine behind ssh, by plumbum's SshMachine and the system's own ssh.

Keys, aliases, known hosts and jump hosts are those of the user's ssh configuration.
"""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any, cast

from buildfix.core.errors import BuildfixError, CommandNotFound, MachineError, PersonNeeded
from buildfix.machines.remote import Ended, Ends, put_by_tee

_LIVENESS = ("-o", "ConnectTimeout=15", "-o", "ServerAliveInterval=30")
_ASKS_NOTHING = ("-o", "BatchMode=yes")
_SOCKET_ROOM = 60
"""Letters for the folder of a socket, whose whole path may have about 100 (unix(7))."""


class Ssh:
    """A machine behind ssh; raises BuildfixError if it cannot be reached.

    All processes share one connection if ssh supports that, so that a password is asked for once.
    On a terminal ssh may ask; otherwise it never does.
    """

    one_stream = True
    same_network = False

    def __init__(self, host: str, user: str | None, port: int | None, *, asks: bool):
        """Connect; `asks` says whether ssh may ask on the terminal."""
        from plumbum import CommandNotFound as NotOnPath
        from plumbum import ProcessExecutionError
        from plumbum.machines.ssh_machine import SshMachine

        self.title = f"{user}@{host}" if user else host
        self._folder = tempfile.mkdtemp(prefix="bf-")
        options = (*_LIVENESS, *self._sharing(), *(() if asks else _ASKS_NOTHING))
        try:
            self._ssh: Any = SshMachine(
                host,
                user=user,
                port=port,
                ssh_opts=options,
                scp_opts=(*options, "-q"),
                connect_timeout=None,  # a person may be typing a password; ssh has its own limit
                new_session=not asks,
            )
        except NotOnPath as error:
            self._forget_socket()
            raise CommandNotFound(
                "The program ssh was not found.", do="Install the OpenSSH client."
            ) from error
        except (ProcessExecutionError, EOFError, OSError) as error:
            self._forget_socket()
            said = str(getattr(error, "stderr", ""))  # its first line
            if not said.startswith("ssh: "):
                said = _asked_again(host, user, port)
            raise _refused(self.title, said) from error

    def start(
        self, argv: Sequence[str], ends: Ends, *, terminal: bool = False
    ) -> subprocess.Popen[bytes]:
        """Start a process there; its words are quoted here, and only here, for the shell there."""
        process = self._ssh.popen(
            quoted(argv),
            ssh_opts=["-tt" if terminal else "-T"],
            new_session=not terminal,
            **vars(ends),
        )
        return cast("subprocess.Popen[bytes]", process)

    def put(self, file: Path, target: str) -> None:
        """Copy a file to a path there; raises MachineError."""
        from plumbum import ProcessExecutionError

        if ":" in self._ssh.host:  # to scp, the path would begin there
            put_by_tee(self, file, target)
            return
        try:
            self._ssh.upload(str(file), target)
        except ProcessExecutionError as error:
            reason = Ended(1, b"", str(error.stderr).encode()).reason
            raise MachineError(f"Cannot write to {target} on {self.title}: {reason}.") from error

    def close(self) -> None:
        """End the connection."""
        self._ssh.close()
        self._forget_socket()

    def _sharing(self) -> tuple[str, ...]:
        if os.name == "nt" or len(self._folder) > _SOCKET_ROOM or "%" in self._folder:
            return ()
        return ("-o", "ControlMaster=auto", "-o", f"ControlPath={self._folder}/s")

    def _forget_socket(self) -> None:
        shutil.rmtree(self._folder, ignore_errors=True)


def quoted(argv: Sequence[str]) -> list[str]:
    """Return words such that the shell to which sshd gives them takes them as they are."""
    return [shlex.quote(word) for word in argv]


def _asked_again(host: str, user: str | None, port: int | None) -> str:
    """Return all that ssh says of why it cannot connect."""
    target = f"{user}@{host}" if user else host
    number = ("-p", str(port)) if port else ()
    argv = ["ssh", *_LIVENESS, *_ASKS_NOTHING, *number, target, "true"]
    done = subprocess.run(argv, stdin=subprocess.DEVNULL, capture_output=True, check=False)
    return done.stderr.decode("utf-8", "replace")


def _refused(title: str, said: str) -> BuildfixError:
    """Return the error for what ssh says of a connection that did not come about."""
    reason = Ended(255, b"", said.encode()).reason.rstrip(".") or "ssh did not give a reason"
    happened = f"Cannot connect to {title}: {reason}."
    if "Host key verification failed" in said:
        return PersonNeeded(happened, do="Connect once with ssh and check the key of the host.")
    if "Permission denied" in said:
        return PersonNeeded(happened, do="Check the user name, and that ssh can log in with a key.")
    return MachineError(happened, do="Check the address, and that ssh can connect to it.")
