"""An ssh server in a throw-away root, on a high port of loopback, with keys made for the test."""

from __future__ import annotations

import contextlib
import os
import socket
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.bed import BareRoot, BedError, Stack, command_layer
from tests.bed.bare import ENVIRONMENT

_SERVER = (
    ("apt-get", "update"),
    ("apt-get", "install", "--no-install-recommends", "-y", "openssh-server"),
    ("apt-get", "clean"),
)
_PASSED = {name: value for name, value in ENVIRONMENT.items() if name not in ("HOME", "PATH")}
_SECONDS = 20.0


def with_sshd(lower: Stack) -> Stack:
    """Return a root with an ssh server in it, which does not run."""
    return command_layer("sshd", lower, _SERVER)


@dataclass(frozen=True)
class Server:
    """A server that runs, and a client's configuration that reaches it."""

    port: int
    folder: Path
    """The keys, and programs `ssh` and `scp` that use them and no configuration of a user's."""

    @property
    def address(self) -> str:
        return f"ssh://root@localhost:{self.port}"

    @property
    def path(self) -> str:
        return f"{self.folder / 'bin'}:{os.environ['PATH']}"

    def forget_host(self) -> None:
        (self.folder / "known_hosts").write_text("")

    def forget_key(self) -> None:
        (self.folder / "key").unlink()


@contextlib.contextmanager
def server(root: BareRoot, folder: Path) -> Iterator[Server]:
    """Run the server of a root; it ends with the block, and with the root in any case."""
    found = Server(_free_port(), folder)
    for name in ("key", "host_key"):
        _check("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(folder / name))
    _put(root, "root/.ssh/authorized_keys", (folder / "key.pub").read_text())
    _put(root, "etc/ssh/test_key", (folder / "host_key").read_text())
    settings = " ".join(f'"{name}={value}"' for name, value in _PASSED.items())
    _put(
        root,
        "etc/ssh/test_config",
        f"Port {found.port}\nListenAddress 127.0.0.1\nHostKey /etc/ssh/test_key\nUsePAM no\n"
        f"PasswordAuthentication no\nSubsystem sftp internal-sftp\nSetEnv {settings}\n",
    )
    _client(found)
    root.path("/run/sshd").mkdir(exist_ok=True)
    argv = [
        "chroot",
        str(root.path("/")),
        "/usr/sbin/sshd",
        "-D",
        "-e",
        "-f",
        "/etc/ssh/test_config",
    ]
    with (folder / "sshd.log").open("wb") as log:
        process = subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
    try:
        _await(found)
        yield found
    finally:
        process.terminate()
        process.wait()


def _client(found: Server) -> None:
    folder = found.folder
    host_key = (folder / "host_key.pub").read_text()
    (folder / "known_hosts").write_text(f"[localhost]:{found.port} {host_key}")
    (folder / "config").write_text(
        f"Host *\n IdentityFile {folder}/key\n IdentitiesOnly yes\n IdentityAgent none\n"
        f" UserKnownHostsFile {folder}/known_hosts\n GlobalKnownHostsFile /dev/null\n"
    )
    (folder / "bin").mkdir()
    for name in ("ssh", "scp"):
        program = folder / "bin" / name
        program.write_text(f'#!/bin/sh\nexec /usr/bin/{name} -F {folder}/config "$@"\n')
        program.chmod(0o755)


def _put(root: BareRoot, name: str, text: str) -> None:
    path = root.path(name)
    path.parent.mkdir(mode=0o700, exist_ok=True)
    path.write_text(text)
    path.chmod(0o600)


def _check(*argv: str) -> None:
    subprocess.run(argv, check=True, capture_output=True)


def _free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port: int = one.getsockname()[1]
        return port


def _await(found: Server) -> None:
    deadline = time.monotonic() + _SECONDS
    while time.monotonic() < deadline:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", found.port)):
            return
        time.sleep(0.05)
    raise BedError(f"sshd does not listen:\n{(found.folder / 'sshd.log').read_text()}")
