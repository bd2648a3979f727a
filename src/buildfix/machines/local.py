"""Running processes: the one door to the machine; a test can put a recorded one in its place.

Argument vectors only, never a shell. The rest of buildfix sees `Machine`.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import IO, Any, Protocol

from buildfix.core.errors import BuildfixError, CommandNotFound, TargetError
from buildfix.core.light_dataclass import dataclass
from buildfix.machines.interrupts import HeldStream, Interrupts, own_group
from buildfix.machines.owners import owner_of_command
from buildfix.machines.process_table import in_session
from buildfix.machines.safe_path import safe_call
from buildfix.machines.scripts import script_argv
from buildfix.machines.stoppable import waiting_for

Watch = Callable[[int], bool]
"""Looks at a session from time to time, and says whether to end it."""
Variables = Sequence[tuple[str, str]]
"""Variables to set for a process; one with an empty value is taken away from it instead."""

_SAMPLE_SECONDS = 0.25
_PROGRAM_ENDINGS = frozenset({".exe", ".com", ".bat", ".cmd"})
"""What Windows adds to a command's name by itself (PATHEXT)."""


@dataclass(frozen=True)
class Completed:
    """A process that has ended, its output decoded as UTF-8."""

    returncode: int
    stdout: str
    stderr: str


class Stream(Protocol):
    """A running process: iterate over its lines (output and errors together) to its end."""

    returncode: int
    """Known when the lines are used up."""
    peak_rss: int | None
    """Bytes of memory of the process tree at its highest; None where it cannot be seen."""
    given_up: bool
    """Whether the process was ended because a watch said so."""

    def __iter__(self) -> Iterator[str]:
        """Yield each line as it comes, without its end."""
        ...


class Machine(Protocol):
    """What can be done on a machine, be it this one or a recorded one."""

    environ: Mapping[str, str]

    def run(self, argv: Sequence[str], env: Variables = (), stdin: str = "") -> Completed:
        """Run to the end and return what it printed; raises CommandNotFound."""
        ...

    def stream(
        self,
        argv: Sequence[str],
        env: Variables = (),
        *,
        own_session: bool = False,
        held: Interrupts | None = None,
        watch: Watch | None = None,
    ) -> contextlib.AbstractContextManager[Stream]:
        """Run and read as it goes; leaving the context ends the process if it still runs.

        `own_session` parts it from the terminal, so that the whole tree can be ended at once;
        without it a program such as sudo can ask for a password. `watch` looks at such a session
        every quarter of a second (Linux). With `held`, the process does not see interrupts, is
        killed at the second one, and is otherwise waited for; when one comes, an empty line is
        yielded. Raises CommandNotFound.
        """
        ...

    def which(self, command: str) -> str | None:
        """Return where on PATH a command is, or None."""
        ...

    def commands(self) -> frozenset[str]:
        """Return the names of the programs on PATH."""
        ...


def _called(file: str) -> str:
    """Return what a program of Windows is called by its file: without the ending."""
    name, ending = os.path.splitext(file)  # noqa: PTH122
    return name if ending.lower() in _PROGRAM_ENDINGS else file


class LocalMachine:
    """This machine."""

    def __init__(self, environ: Mapping[str, str] | None = None):
        """Take `environ` for its environment, by default this process's own."""
        self.environ: Mapping[str, str] = os.environ if environ is None else environ
        self._begun: dict[tuple[str, ...], subprocess.Popen[bytes]] = {}

    @contextlib.contextmanager
    def begun(self, argv: Sequence[str]) -> Iterator[None]:
        """Start what `run` will be called with soon; end it if `run` was not called meanwhile."""
        with contextlib.suppress(BuildfixError, OSError):  # `run` raises them
            self._begun[tuple(argv)] = self._piped(argv)
        try:
            yield
        finally:
            unasked = self._begun.pop(tuple(argv), None)
            if unasked:
                with unasked:
                    unasked.kill()

    def run(self, argv: Sequence[str], env: Variables = (), stdin: str = "") -> Completed:
        """Run to the end and return what it printed; raises CommandNotFound."""
        begun = None if env or stdin else self._begun.pop(tuple(argv), None)
        process = begun or self._piped(argv, env)
        with waiting_for(process):
            out, err = process.communicate(stdin.encode())
        return Completed(
            process.returncode, out.decode("utf-8", "replace"), err.decode("utf-8", "replace")
        )

    def _piped(self, argv: Sequence[str], env: Variables = ()) -> subprocess.Popen[bytes]:
        pipes = dict.fromkeys(("stdin", "stdout", "stderr"), subprocess.PIPE)
        return start_process(argv, self.environ, env, **pipes)

    @contextlib.contextmanager
    def stream(
        self,
        argv: Sequence[str],
        env: Variables = (),
        *,
        own_session: bool = False,
        held: Interrupts | None = None,
        watch: Watch | None = None,
    ) -> Iterator[Stream]:
        """Run and read as it goes; see `Machine.stream`."""
        if held is not None:
            with self._held(argv, env, held) as lines:
                yield lines
            return
        stdin = subprocess.DEVNULL if own_session else None
        process = start_process(
            argv,
            self.environ,
            env,
            start_new_session=own_session,
            stdin=stdin,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        stream = _LocalStream(process, watch_memory=own_session, watch=watch)
        try:
            yield stream
        finally:
            stream.end(whole_session=own_session)

    @contextlib.contextmanager
    def _held(
        self, argv: Sequence[str], env: Variables, interrupts: Interrupts
    ) -> Iterator[HeldStream]:
        """Run in a group of its own, without a terminal to ask on, and to its end in any case."""
        process = start_process(
            argv,
            self.environ,
            env,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            **own_group(argv),
        )
        as_root = argv[0] == "sudo"  # whose processes only root may end
        stream = HeldStream(process, interrupts, self._kill_as_root if as_root else None)
        try:
            yield stream
        finally:
            stream.end()

    def _kill_as_root(self, processes: Sequence[int], number: int) -> None:
        """Send a signal through sudo, by Python: a minimal Debian has no kill(1)."""
        python = self.which("python3") or sys.executable
        words = [str(one) for one in (number, *processes)]
        self.run(["sudo", "-n", python, "-I", *script_argv(python, "send-signal", *words)[1:]])

    def which(self, command: str) -> str | None:
        """Return where on PATH a command is, or None."""
        return shutil.which(command, path=self.environ.get("PATH"))

    def commands(self) -> frozenset[str]:
        """Return the names of the programs on PATH."""
        names: set[str] = set()
        for folder in self.environ.get("PATH", os.defpath).split(os.pathsep):
            with contextlib.suppress(OSError):
                files = os.listdir(folder or ".")  # noqa: PTH208
                names.update(map(_called, files) if os.name == "nt" else files)
        return frozenset(names)


def start_process(
    argv: Sequence[str], environ: Mapping[str, str], env: Variables, **options: Any
) -> subprocess.Popen[bytes]:
    """Start a process in `environ` with `env` over it, as whom its program belongs to."""
    owner = owner_of_command(argv)
    if owner:
        environ = owner.environ(environ)
        options |= {"user": owner.uid, "group": owner.gid, "extra_groups": owner.groups}
        options["start_new_session"] = True  # what is theirs types nothing on root's terminal
    argv, variables = safe_call(argv, {**environ, **dict(env)})
    for name in (name for name, value in env if not value):
        variables.pop(name, None)
    try:
        program = _found(argv[0], variables)
        return subprocess.Popen([program, *argv[1:]], env=variables, **options)
    except FileNotFoundError as error:
        raise CommandNotFound(
            f"The program {argv[0]} was not found.", do="Install it, or put it on PATH."
        ) from error
    except PermissionError as error:
        if owner is None:
            raise
        raise TargetError(
            f"{argv[0]} belongs to {owner.name}, but cannot be run as that user: {error.strerror}.",
            do=f"Run buildfix as {owner.name}.",
        ) from error


def _found(program: str, variables: Mapping[str, str]) -> str:
    """Return the path of a program on PATH; on Windows never one in the current folder.

    Raises FileNotFoundError.
    """
    if os.path.dirname(program):  # noqa: PTH120
        return program
    path = shutil.which(program, path=variables.get("PATH", os.defpath))
    if path is None or (os.name == "nt" and not Path(path).is_absolute()):
        raise FileNotFoundError(program)
    return path


class _LocalStream:
    def __init__(
        self, process: subprocess.Popen[bytes], *, watch_memory: bool, watch: Watch | None = None
    ):
        self.returncode = 0
        self.given_up = False
        self._watch = watch
        self.peak_rss: int | None = None
        self._process = process
        self._ended = threading.Event()
        if watch_memory and sys.platform == "linux":
            threading.Thread(target=self._watch_memory, daemon=True).start()

    def __iter__(self) -> Iterator[str]:
        output: IO[bytes] | None = self._process.stdout
        for line in output or ():
            yield line.decode("utf-8", "replace").rstrip("\r\n")
        self.returncode = self._process.wait()
        self._ended.set()

    def end(self, *, whole_session: bool) -> None:
        """Make sure that nothing of it runs on."""
        self._ended.set()
        if self._process.poll() is None:
            _terminate(self._process, whole_session=whole_session)
        if self._process.stdout:
            self._process.stdout.close()

    def _watch_memory(self) -> None:
        while not self._ended.wait(_SAMPLE_SECONDS):
            self.peak_rss = max(self.peak_rss or 0, session_memory(self._process.pid))
            if self._watch and self._watch(self._process.pid):
                self.given_up = True
                _terminate(self._process, whole_session=True)
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(self._process.pid, signal.SIGKILL)  # they hold the output open
                return


def _terminate(process: subprocess.Popen[bytes], *, whole_session: bool) -> None:
    """Ask it to end; after five seconds make it."""

    def send(number: signal.Signals) -> None:
        with contextlib.suppress(ProcessLookupError):
            if whole_session and hasattr(os, "killpg"):
                os.killpg(process.pid, number)
            else:
                process.send_signal(number)

    send(signal.SIGTERM)
    deadline = time.monotonic() + 5
    while process.poll() is None and time.monotonic() < deadline:
        time.sleep(0.05)
    if process.poll() is None and sys.platform != "win32":
        send(signal.SIGKILL)
    process.wait()


def session_memory(session: int) -> int:
    """Return the bytes of memory resident in all processes of a session (Linux, proc(5)).

    Pages that processes share are counted for each of them.
    """
    return sum(int(fields[21]) for fields in in_session(session)) * os.sysconf("SC_PAGE_SIZE")
