"""Runs buildfix on another machine: a copy is made there once, and started.

`there/receive.py` receives the copy, and `there/launch.py` starts it.
"""

from __future__ import annotations

import contextlib
import json
import re
import shutil
import signal
import subprocess
import tarfile
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from buildfix.core.errors import BuildfixError, MachineError, PersonNeeded
from buildfix.machines.interrupts import Interrupts, held_back, terminal_kept
from buildfix.machines.remote import End, Ended, Ends, RemoteMachine, run_there
from buildfix.machines.self_archive import Environment, own_files, pack
from buildfix.machines.there.receive import digest_of_files

_RECEIVE = Path(__file__).parent / "there" / "receive.py"
_OLDEST = (3, 10)
_NEWEST_MINOR = 20
_NOT_FOUND = (126, 127)
_LOST = 255
"""What ssh ends with where the connection breaks; buildfix itself never does."""
_POLL_SECONDS = 0.1
_NOTEWORTHY_BYTES = 1 << 20
_ISOLATED = ("-I", "-S")
"""Nothing of that machine's is imported but its standard library."""

Tell = Callable[[str], None]


@dataclass(frozen=True)
class Job:
    """What is to be done there."""

    words: tuple[str, ...]
    """Those of buildfix's command line."""
    variables: Mapping[str, str]
    files: tuple[tuple[str, Path | bytes], ...] = ()
    """The files to copy, by their paths in the folder of the run."""
    results: Path | None = None
    """A folder for the files that it leaves in `out`, if it works in the folder of the run."""


@dataclass(frozen=True)
class Streams:
    """How buildfix's standard streams there are connected."""

    terminal: bool = False
    """Whether it runs on this terminal, and may ask."""
    stdout_apart: bool = False
    """Whether this process's stdout is no terminal, and gets what buildfix prints for tools."""
    stdout: End = None
    stderr: End = None
    interrupts: Interrupts | None = None
    """What is passed on there; None: the signals to this process."""


@dataclass(frozen=True)
class Arrival:
    """What was found there."""

    python: str
    run: str
    """The folder of this run."""
    environment: Environment


def run_on(
    machine: RemoteMachine,
    job_for: Callable[[str], Job],
    recipes: Path,
    streams: Streams,
    tell: Tell,
) -> tuple[int, bytes]:
    """Run buildfix there; return its exit code, and what is still to be written to stdout.

    `job_for` makes the job for the folder of the run there. Raises BuildfixError.
    """
    arrival = _arrive(machine)
    try:
        job = job_for(arrival.run)
        copy = _copied(machine, arrival, job, recipes, streams, tell)
        code = _attend(machine, arrival, copy, streams)
        if code == _LOST:
            raise MachineError(
                f"The connection to {machine.title} was lost.",
                unchanged="What was changed there so far was kept.",
                do="Run the same command again to see what is missing.",
            )
        if (results := job.results) is not None:
            fetch_files(machine, [arrival.python, *_ISOLATED, "-", "send", arrival.run], results)
    except BaseException:
        with contextlib.suppress(BuildfixError):
            _ask(machine, arrival.python, "end", arrival.run)
        raise
    document: str = _ask(machine, arrival.python, "end", arrival.run)
    return code if code >= 0 else 128 - code, document.encode("latin-1")


def _arrive(machine: RemoteMachine) -> Arrival:
    """Find a Python there and open the folder of a run; raises BuildfixError."""
    newest_first = (f"python3.{minor}" for minor in range(_NEWEST_MINOR, _OLDEST[1] - 1, -1))
    older: str | None = None
    for python in ("python3", *newest_first):
        done = _received(machine, python, "begin")
        if done.returncode in _NOT_FOUND:
            continue
        answer = _answer(machine, done)
        version = answer["environment"]["python_version"]
        if tuple(map(int, version.split("."))) >= _OLDEST:
            return Arrival(python, answer["run"], answer["environment"])
        _ask(machine, python, "end", answer["run"])
        older = older or version
    found = f"Python {older} is too old" if older else "it has no Python"
    raise PersonNeeded(
        f"buildfix cannot run on {machine.title}: {found}.",
        do=f"Install Python 3.{_OLDEST[1]} or later there, as python3 or python3.N on PATH.",
    )


def _copied(
    machine: RemoteMachine,
    arrival: Arrival,
    job: Job,
    recipes: Path,
    streams: Streams,
    tell: Tell,
) -> str:
    """Copy what is not there yet; return the folder of the copy of buildfix."""
    files = own_files(arrival.environment, recipes)
    digest = digest_of_files(files)
    with tempfile.TemporaryDirectory(prefix="buildfix-on-") as folder:
        if not _ask(machine, arrival.python, "have", digest):
            archive = Path(folder, "buildfix.tar.gz")
            pack(files.items(), archive)
            tell(f"Copying buildfix to {machine.title} ({_size(archive)}) ...")
            machine.put(archive, f"{arrival.run}/{archive.name}")
        description = json.dumps(_described(job, machine, streams)).encode()
        archive = Path(folder, "job.tar.gz")
        pack([("job.json", description), *job.files], archive)
        if archive.stat().st_size > _NOTEWORTHY_BYTES:
            tell(f"Copying files to {machine.title} ({_size(archive)}) ...")
        machine.put(archive, f"{arrival.run}/{archive.name}")
    copy: str = _ask(machine, arrival.python, "unpack", arrival.run, digest)
    return copy


def _described(job: Job, machine: RemoteMachine, streams: Streams) -> dict[str, Any]:
    """Return a job as `launch.py` reads it."""
    return {
        "words": job.words,
        "variables": dict(job.variables),
        "apart": _apart(machine, streams),
        "signals": not streams.terminal,
        "inside": job.results is not None,
    }


def _apart(machine: RemoteMachine, streams: Streams) -> bool:
    """Return whether stdout goes to a file there, because a terminal would mix it with stderr."""
    return streams.terminal and streams.stdout_apart and machine.one_stream


def _size(archive: Path) -> str:
    return f"{archive.stat().st_size / 1e6:.1f} MB"


def _attend(machine: RemoteMachine, arrival: Arrival, copy: str, streams: Streams) -> int:
    """Run the copy to its end; return its exit code.

    On a terminal it gets signals from there. Without one, each signal is a byte on its stdin.
    """
    launch = f"{copy}/buildfix/machines/there/launch.py"
    argv = [arrival.python, *_ISOLATED, launch, arrival.run]
    stdout = 2 if _apart(machine, streams) else streams.stdout
    stdin = None if streams.terminal else subprocess.PIPE
    held = nullcontext(streams.interrupts) if streams.interrupts else held_back()
    with held as interrupts, terminal_kept():
        ends = Ends(stdin, stdout, streams.stderr)
        process = machine.start(argv, ends, terminal=streams.terminal)
        for number in _signals(process, interrupts):
            if process.stdin is None:
                if number != signal.SIGINT:  # the terminal has sent it
                    process.send_signal(number)
                continue
            with contextlib.suppress(OSError):
                process.stdin.write(bytes([number]))
                process.stdin.flush()
        if process.stdin:
            process.stdin.close()
    return process.returncode


def _signals(process: subprocess.Popen[bytes], interrupts: Interrupts) -> Iterator[int]:
    """Yield each signal that comes until a process has ended."""
    seen = 0
    while True:
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(_POLL_SECONDS)
            return
        if interrupts.count > seen:
            seen = interrupts.count
            yield interrupts.last


def fetch_files(machine: RemoteMachine, argv: Sequence[str], folder: Path) -> None:
    """Copy the files of the archive that a process there writes to a folder; raises MachineError.

    Only plain files directly in the archive are copied, because that machine may lie.
    """
    with tempfile.TemporaryFile() as archive:
        process = machine.start(argv, Ends(subprocess.PIPE, archive, subprocess.PIPE))
        _, err = process.communicate(_RECEIVE.read_bytes())
        if process.returncode:
            reason = Ended(process.returncode, b"", err).reason
            raise MachineError(f"Cannot copy files from {machine.title}: {reason}.")
        archive.seek(0)
        with tarfile.open(fileobj=archive) as tar:
            for member in tar:
                content = tar.extractfile(member) if member.isreg() else None
                if content and re.fullmatch(r"[\w+!-][\w.+!-]*", member.name):
                    with (folder / member.name).open("wb") as target:
                        shutil.copyfileobj(content, target)


def _ask(machine: RemoteMachine, python: str, *words: str) -> Any:
    """Return what the receiving script answers; raises MachineError."""
    return _answer(machine, _received(machine, python, *words))


def _received(machine: RemoteMachine, python: str, *words: str) -> Ended:
    return run_there(machine, [python, *_ISOLATED, "-", *words], _RECEIVE.read_bytes())


def _answer(machine: RemoteMachine, done: Ended) -> Any:
    """Return the answer in the last line; anything that a login prints before it is ignored."""
    last = done.stdout.decode("utf-8", "replace").rstrip().rpartition("\n")[2]
    try:
        answer = json.loads(last) if not done.returncode else {}
    except ValueError:
        answer = {}
    if "answer" in answer:
        return answer["answer"]
    reason = answer.get("error") or done.reason or f"it printed {last!r}"
    raise MachineError(f"Cannot run anything on {machine.title}: {reason.rstrip('.')}.")
