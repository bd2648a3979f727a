"""A throw-away root to run commands in."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import IO

from tests.bed.errors import BedError
from tests.bed.mounts import (
    Workspace,
    close_workspace,
    copy_tree,
    kill_inside,
    mount_kernel,
    mount_overlay,
    open_workspace,
    overlay_usable,
    refuse_if_stopping,
    take_down,
)
from tests.bed.stack import Stack

CERTIFICATES = "/etc/ssl/certs/ca-certificates.crt"
COPIED_IN = ("/etc/resolv.conf", CERTIFICATES)
ENVIRONMENT = {
    "HOME": "/root",
    "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
    "LANG": "C.UTF-8",
    "DEBIAN_FRONTEND": "noninteractive",
    "PIP_CERT": CERTIFICATES,
    "SSL_CERT_FILE": CERTIFICATES,
    "REQUESTS_CA_BUNDLE": CERTIFICATES,
    "PIP_DEFAULT_TIMEOUT": "180",
}
PASSED_ON = ("PIP_INDEX_URL", "PIP_EXTRA_INDEX_URL", "PIP_TRUSTED_HOST")
DEFAULT_SECONDS = 600.0


class BareRoot:
    """A writable copy of a `Stack`, thrown away on leaving the `with` block, come what may."""

    def __init__(self, stack: Stack) -> None:
        self.stack = stack
        self._workspace: Workspace | None = None

    def __enter__(self) -> BareRoot:
        refuse_if_stopping()
        self._workspace = open_workspace()
        try:
            self._raise_root(self._workspace)
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """End what runs in the root, unmount it and delete what was written."""
        if self._workspace is not None:
            close_workspace(self._workspace)
            self._workspace = None

    def path(self, inside: str | Path) -> Path:
        """Return where this host sees a path of the root; symbolic links are not followed."""
        return self._opened().root / str(inside).lstrip("/")

    def run(
        self,
        argv: Sequence[str],
        *,
        env: Mapping[str, str] | None = None,
        timeout: float = DEFAULT_SECONDS,
        user: str | None = None,
        stdin: str | None = None,
    ) -> subprocess.CompletedProcess[str]:
        """Run a command in the root, in a cleared environment, as root or as `user`.

        `stdin` is the text it reads; none means /dev/null. On a time-out everything that runs
        in the root is killed and `subprocess.TimeoutExpired` carries the output so far.
        """
        refuse_if_stopping()
        root = self._opened().root
        as_user = [f"--userspec={user}"] if user else []
        environment = {**ENVIRONMENT, **passed_on(), **self._home_of(user), **(env or {})}
        # Files, not pipes: a daemon left behind by a package must not hold the run up.
        with (
            tempfile.TemporaryFile() as fed,
            tempfile.TemporaryFile() as out,
            tempfile.TemporaryFile() as err,
        ):
            fed.write((stdin or "").encode())
            fed.seek(0)
            process = subprocess.Popen(
                ["chroot", *as_user, str(root), *argv],
                env=environment,
                stdin=fed if stdin is not None else subprocess.DEVNULL,
                stdout=out,
                stderr=err,
                start_new_session=True,
            )
            try:
                process.wait(timeout)
            except BaseException as error:
                process.kill()
                kill_inside(root)
                process.wait()
                if isinstance(error, subprocess.TimeoutExpired):
                    raise _with_output(error, _text(out), _text(err)) from None
                raise
            return subprocess.CompletedProcess(argv, process.returncode, _text(out), _text(err))

    def check(
        self,
        argv: Sequence[str],
        *,
        env: Mapping[str, str] | None = None,
        timeout: float = DEFAULT_SECONDS,
    ) -> str:
        """Run a command that prepares the root; return its output or raise `BedError`."""
        done = self.run(argv, env=env, timeout=timeout)
        if done.returncode:
            tail = (done.stdout + done.stderr)[-3000:]
            raise BedError(f"{' '.join(argv)}: exit {done.returncode} in {self.stack.name}\n{tail}")
        return done.stdout

    def keep_as(self, target: Path) -> None:
        """Take the root down and keep what was changed in it as a layer at `target`."""
        workspace = self._opened()
        take_down(workspace)
        (workspace.upper if overlay_usable() else workspace.root).rename(target)
        self.close()

    def _raise_root(self, workspace: Workspace) -> None:
        if overlay_usable():
            mount_overlay(workspace, self.stack.directories)
        else:
            copy_tree(workspace, self.stack.only_directory())
        mount_kernel(workspace.root)
        for name in COPIED_IN:
            _copy_in(Path(name), self.path(name))

    def _opened(self) -> Workspace:
        if self._workspace is None:
            raise BedError("this root is not open")
        return self._workspace

    def _home_of(self, user: str | None) -> dict[str, str]:
        if user is None:
            return {}
        for line in self.path("/etc/passwd").read_text().splitlines():
            fields = line.split(":")
            if fields[0] == user:
                return {"HOME": fields[5], "USER": user, "LOGNAME": user}
        raise BedError(f"no user {user} in {self.stack.name}")


def install_file(root: BareRoot, source: Path, inside: str) -> None:
    """Copy a file of this host into a root."""
    _copy_in(source, root.path(inside))


def _copy_in(source: Path, target: Path) -> None:
    """Copy a file, replacing whatever is there; a link there is replaced, not followed."""
    if source.is_file():
        target.parent.mkdir(parents=True, exist_ok=True)
        target.unlink(missing_ok=True)
        shutil.copyfile(source, target)


def passed_on() -> dict[str, str]:
    """Return what of this host's environment says how to reach the package indexes."""
    return {
        name: value
        for name, value in os.environ.items()
        if name in PASSED_ON or name.lower().endswith("_proxy")
    }


def _with_output(
    error: subprocess.TimeoutExpired, output: str, errors: str
) -> subprocess.TimeoutExpired:
    return subprocess.TimeoutExpired(error.cmd, error.timeout, output, errors)


def _text(file: IO[bytes]) -> str:
    file.seek(0)
    return file.read().decode("utf-8", errors="replace")
