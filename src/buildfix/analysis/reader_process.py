"""Reading sources, each in a process of its own with a budget of seconds and memory.

Sources come from strangers. What a build file makes its reader do is bounded by counted steps, but
not what a single step costs: a TOML key with 20,000 dots takes 1.5 GB, a regular expression in a
setup.py takes for ever, and nothing in the same process can stop either.
"""

from __future__ import annotations

import base64
import contextlib
import faulthandler
import gc
import os
import pickle
import signal
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import IO

from buildfix.analysis.archive import SourceUnreadable, open_tree
from buildfix.analysis.reading import Reading, read_source
from buildfix.catalog import Knowledge
from buildfix.core.errors import BuildfixError, CommandNotFound
from buildfix.machines.local import LocalMachine
from buildfix.platforms.surroundings import Surroundings

OPEN_SECONDS = 5.0
"""Of the processor, for the members of an archive: numpy's 19 MB take half a second."""
READ_SECONDS = 2.0
"""Of the processor, for all build files together."""
MEMORY = 200 << 20
"""Bytes for both, on Linux; other systems do not hold a process to any."""
_USUAL_START = 0.35
"""Seconds that the recipes take to load on a machine that the budget was made for."""
_WALL_SECONDS = 60.0
"""However busy the machine is; what holds where there is no timer of the processor's time."""
_MOST_AT_ONCE = 4
"""Sources that are read at once, each with the memory above."""
_END = "\x00"
"""Ends what is printed about a source."""
_PROGRAM = str(Path(__file__).with_name("reader_program.py"))
_WORDS = {
    "open": f"reading its archive takes more than {OPEN_SECONDS:.0f} seconds",
    "read": f"reading its build files takes more than {READ_SECONDS:.0f} seconds",
    "memory": f"reading it takes more than {MEMORY >> 20} MB of memory",
    "depth": "its build files are nested too deeply",
}


@dataclass(frozen=True)
class _Question:
    paths: tuple[Path, ...]
    place: Surroundings
    folders: tuple[Path, ...]
    follow: bool


def read_apart(
    path: Path, place: Surroundings, knowledge: Knowledge, *, follow: bool = True
) -> Reading:
    """Return what a source says about its build, read in a process of its own.

    Without `follow` it is only what it probably needs. Raises SourceUnreadable where it cannot be
    read or takes more than the budget.
    """
    (found,) = read_all_apart([path], place, knowledge, follow=follow)
    if isinstance(found, SourceUnreadable):
        raise found
    return found


def read_all_apart(
    paths: Sequence[Path], place: Surroundings, knowledge: Knowledge, *, follow: bool = True
) -> list[Reading | SourceUnreadable]:
    """Return the same for each of several sources, or why it cannot be read.

    Where processes can be forked, one of them loads the recipes, for all.
    """
    size = len(paths) if hasattr(os, "fork") else 1
    groups = (paths[first : first + size] for first in range(0, len(paths), size or 1))
    return [one for group in groups for one in _read_group(group, place, knowledge, follow)]


def _read_group(
    paths: Sequence[Path], place: Surroundings, knowledge: Knowledge, follow: bool
) -> Iterator[Reading | SourceUnreadable]:
    absolute = tuple(path.absolute() for path in paths)
    question = _Question(absolute, place, knowledge.folders, follow)
    folders = [os.path.realpath(folder) for folder in sys.path if folder]
    try:
        argv = (sys.executable, _PROGRAM, *folders)
        done = LocalMachine().run(argv, stdin=_packed(question))
    except CommandNotFound:  # Python is part of another program
        for path in paths:
            yield _read_here(path, place, knowledge, follow)
        return
    blocks = done.stdout.split(_END)
    blocks += [""] * (len(paths) - len(blocks))
    for path, block in zip(paths, blocks, strict=False):
        yield _answer(path, *_last_words(block), done.returncode)


def _read_here(
    path: Path, place: Surroundings, knowledge: Knowledge, follow: bool
) -> Reading | SourceUnreadable:
    try:
        return read_source(open_tree(path), place, knowledge, follow=follow)
    except SourceUnreadable as error:
        return error


def _last_words(block: str) -> tuple[str, str]:
    """Return how far the reading of a source came, and the answer."""
    last, _, answer = block.strip().rpartition("\n")[2].partition(" ")
    return last, answer


def _answer(path: Path, last: str, answer: str, code: int) -> Reading | SourceUnreadable:
    if last == "done":
        reading: Reading = pickle.loads(base64.b64decode(answer))  # noqa: S301 -- our own process
        return reading
    if last == "unreadable":
        return SourceUnreadable(str(pickle.loads(base64.b64decode(answer))), unchanged="")  # noqa: S301
    ended = f"exited with code {code}" if code else "ended unexpectedly"
    why = _WORDS.get(last, f"the process that reads it {ended}")
    return SourceUnreadable(f"Cannot analyze {path.name}: {why}.", unchanged="")


def main() -> None:
    """Answer the question on standard input: print how far each reading came, a line each."""
    question: _Question = pickle.loads(base64.b64decode(sys.stdin.read()))  # noqa: S301 -- our own
    knowledge = Knowledge(question.folders)
    try:
        _ = knowledge.capabilities
    except BuildfixError as error:
        _begin("unreadable", OPEN_SECONDS, _packed(str(error)))
        return
    pace = max(1.0, time.process_time() / _USUAL_START)
    if not hasattr(os, "fork"):
        _read(question.paths[0], question, knowledge, pace)
        return
    gc.freeze()
    with contextlib.ExitStack() as stack:
        files = [stack.enter_context(tempfile.TemporaryFile()) for _ in question.paths]
        _fork_each(question, knowledge, pace, files)
        for file in files:
            file.seek(0)
            sys.stdout.write(f"{file.read().decode()}{_END}")


def _fork_each(
    question: _Question, knowledge: Knowledge, pace: float, files: Sequence[IO[bytes]]
) -> None:
    """Read each source in a process of its own, some at once, with a file for what it prints."""
    running = 0
    for path, file in zip(question.paths, files, strict=True):
        if running == min(os.cpu_count() or 1, _MOST_AT_ONCE):
            os.wait()
            running -= 1
        if os.fork() == 0:
            os.dup2(file.fileno(), 1)
            _read(path, question, knowledge, pace)
            os._exit(0)
        running += 1
    for _ in range(running):
        os.wait()


def _read(path: Path, question: _Question, knowledge: Knowledge, pace: float) -> None:
    """Print how far the reading of a source came, within the budget."""
    try:
        _hold_memory()
        _begin("open", OPEN_SECONDS * pace)
        tree = open_tree(path)
        _begin("read", READ_SECONDS * pace)
        reading = read_source(tree, question.place, knowledge, follow=question.follow)
        _begin("done", OPEN_SECONDS, _packed(reading))
    except BuildfixError as error:
        _begin("unreadable", OPEN_SECONDS, _packed(str(error)))
    except MemoryError:
        _begin("memory", OPEN_SECONDS)
    except RecursionError:
        _begin("depth", OPEN_SECONDS)


def _packed(value: object) -> str:
    return base64.b64encode(pickle.dumps(value)).decode()


def _begin(phase: str, seconds: float, answer: str = "") -> None:
    """Say what is begun, and end this process after so many seconds of the processor in it."""
    sys.stdout.write(f"{phase} {answer}\n")
    sys.stdout.flush()
    if sys.platform != "win32":
        signal.signal(signal.SIGPROF, signal.SIG_DFL)  # not a handler: no step need end first
        signal.setitimer(signal.ITIMER_PROF, seconds)
        seconds = _WALL_SECONDS
    faulthandler.dump_traceback_later(seconds, exit=True, file=_nowhere())


@cache
def _nowhere() -> int:
    return os.open(os.devnull, os.O_WRONLY)


def _hold_memory() -> None:
    if sys.platform == "linux":
        import resource

        pages = int(Path("/proc/self/statm").read_text().split()[0])
        most = pages * os.sysconf("SC_PAGE_SIZE") + MEMORY
        hard = resource.getrlimit(resource.RLIMIT_AS)[1]
        if hard == resource.RLIM_INFINITY or most < hard:
            resource.setrlimit(resource.RLIMIT_AS, (most, hard))
