"""Where a fault is injected: a scratch folder of this machine, or a bare Debian root."""

from __future__ import annotations

import atexit
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import Protocol

import pexpect

from tests.bed import BUILDFIX, TARGET_PYTHON, BareRoot
from tests.bed.bare import ENVIRONMENT

_SOURCE = Path(__file__).parents[2] / "src"
_START = f"import sys; sys.path[0] = {str(_SOURCE)!r}; from buildfix.__main__ import main; main()"
"""Runs this checkout: neither the working folder nor a variable of Python's is in its way."""
KEPT = ("PATH", "LANG", "PIP_CERT", "SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "PIP_DEFAULT_TIMEOUT")
WORK = "/fault"
"""The working folder in a root."""


@dataclass(frozen=True)
class Done:
    """A command that has ended."""

    returncode: int
    stdout: str
    stderr: str = ""

    @property
    def text(self) -> str:
        """All that it printed."""
        return self.stdout + self.stderr


class Place(Protocol):
    """A machine in which a fault is injected and buildfix is run."""

    work: Path
    """The working folder, as this process sees it."""

    def words(self, text: str) -> str:
        """Return a text of the table with its placeholders filled: {work}, {python}."""
        ...

    def run(
        self,
        argv: Sequence[str],
        env: Mapping[str, str],
        *,
        seconds: float,
        stdin: str | None = None,
        user: str = "",
    ) -> Done:
        """Run a command in the working folder to its end, or raise TimeoutExpired."""
        ...

    def buildfix(self, words: Sequence[str]) -> list[str]:
        """Return the command that runs buildfix there."""
        ...

    def terminal(
        self, argv: Sequence[str], env: Mapping[str, str], seconds: float
    ) -> pexpect.spawn[str]:
        """Start a command on a terminal."""
        ...


_WIDE = (40, 200)
"""The size of a terminal on which no sentence of the table is wrapped."""


@cache
def _empty_venv() -> Path:
    """Make one virtual environment for all rows to copy: it knows itself by where it lies."""
    folder = Path(tempfile.mkdtemp(prefix="faults-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    subprocess.run([sys.executable, "-m", "venv", str(folder / "venv")], check=True)
    return folder / "venv"


class Here:
    """A scratch folder: buildfix runs from this checkout, with a home and variables of its own."""

    def __init__(self, work: Path) -> None:
        """Take an empty folder."""
        self.work = work / "work"
        self._home = work / "home"
        self._venv = work / "venv"
        self.work.mkdir()
        self._home.mkdir()

    @cached_property
    def _python(self) -> str:
        shutil.copytree(_empty_venv(), self._venv, symlinks=True)
        return str(self._venv / "bin/python")

    def words(self, text: str) -> str:
        """Fill {work} and {python}: a virtual environment that is made when it is first named."""
        filled = text.replace("{work}", str(self.work))
        return filled.replace("{python}", self._python) if "{python}" in filled else filled

    def _variables(self, env: Mapping[str, str]) -> dict[str, str]:
        kept = {name: os.environ[name] for name in KEPT if name in os.environ}
        indexes = {name: os.environ[name] for name in os.environ if name.startswith("PIP_")}
        return {**kept, **indexes, "HOME": str(self._home), **env}

    def run(
        self,
        argv: Sequence[str],
        env: Mapping[str, str],
        *,
        seconds: float,
        stdin: str | None = None,
        user: str = "",
    ) -> Done:
        """Run a command in the working folder to its end, or raise TimeoutExpired."""
        assert not user, "another user is had in a root only"
        process = subprocess.Popen(
            argv,
            cwd=self.work,
            env=self._variables(env),
            stdin=subprocess.DEVNULL if stdin is None else subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
        )
        fed = None if stdin is None else stdin.encode()
        try:
            out, err = process.communicate(fed, timeout=seconds)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.communicate()
            raise
        return Done(process.returncode, out.decode(errors="replace"), err.decode(errors="replace"))

    def buildfix(self, words: Sequence[str]) -> list[str]:
        """Return the command that runs this checkout's buildfix."""
        return [sys.executable, "-c", _START, *words]

    def terminal(
        self, argv: Sequence[str], env: Mapping[str, str], seconds: float
    ) -> pexpect.spawn[str]:
        """Start a command on a terminal."""
        return pexpect.spawn(
            argv[0],
            list(argv[1:]),
            cwd=self.work,
            env=self._variables(env),
            encoding="utf-8",
            timeout=seconds,
            dimensions=_WIDE,
        )


class InRoot:
    """A bare root in which buildfix is installed."""

    def __init__(self, root: BareRoot) -> None:
        """Take an opened root."""
        self._root = root
        self.work = root.path(WORK)
        self.work.mkdir()

    @property
    def root(self) -> BareRoot:
        """The root itself, for what injects a fault into it."""
        return self._root

    def words(self, text: str) -> str:
        """Fill {work} and {python}: the empty virtual environment that the root has."""
        return text.replace("{work}", WORK).replace("{python}", TARGET_PYTHON)

    def run(
        self,
        argv: Sequence[str],
        env: Mapping[str, str],
        *,
        seconds: float,
        stdin: str | None = None,
        user: str = "",
    ) -> Done:
        """Run a command in the working folder to its end, or raise TimeoutExpired."""
        done = self._root.run(
            ["env", f"--chdir={WORK}", *argv],
            env=env,
            timeout=seconds,
            stdin=stdin,
            user=user or None,
        )
        return Done(done.returncode, done.stdout, done.stderr)

    def buildfix(self, words: Sequence[str]) -> list[str]:
        """Return the command that runs the root's buildfix."""
        return [BUILDFIX, *words]

    def terminal(
        self, argv: Sequence[str], env: Mapping[str, str], seconds: float
    ) -> pexpect.spawn[str]:
        """Start a command on a terminal."""
        root = str(self._root.path("/"))
        return pexpect.spawn(
            "chroot",
            [root, "env", f"--chdir={WORK}", *argv],
            env={**ENVIRONMENT, "TERM": "xterm", **env},
            encoding="utf-8",
            timeout=seconds,
            dimensions=_WIDE,
        )


@contextmanager
def ended(child: pexpect.spawn[str]) -> Iterator[pexpect.spawn[str]]:
    """Make sure that what runs on a terminal ends with the block."""
    try:
        yield child
    finally:
        child.close(force=True)
