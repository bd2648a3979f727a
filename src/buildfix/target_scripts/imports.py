"""Imports modules, each in its own process."""

from __future__ import annotations

import os
import sys

from buildfix.target_scripts.clean_slate import clean_slate

ENTRY = os.path.join(os.path.dirname(os.path.abspath(__file__)), "__main__.py")
SECONDS = 300
FORKS = hasattr(os, "fork") and sys.platform != "darwin"

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable


def answer(modules: list[str]) -> dict[str, str | None]:
    """Return the error message of each import; None if it succeeds.

    Several modules in one text are imported in order in one process.
    """
    attempt = forked if FORKS else fresh
    return {module: message_of(*attempt(module)) for module in modules}


def message_of(code: int, output: bytes) -> str | None:
    """Return the error message of a process; None if it succeeded."""
    text = output.decode("utf-8", "replace").strip()
    if code == 0:
        return None
    return text or f"the import crashed the process with signal {-code}"


def fresh(modules: str) -> tuple[int, bytes]:
    """Return exit code and output of a new process that imports modules."""
    import subprocess  # a fork does without

    done = subprocess.run(
        [sys.executable, ENTRY, "import-modules", *modules.split()],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        timeout=SECONDS,
    )
    return done.returncode, done.stdout


def forked(modules: str) -> tuple[int, bytes]:
    """Do the same as `fresh` in a fork of this process, which has imported almost nothing."""
    return in_fork(lambda: import_all(modules))


def in_fork(work: Callable[[], None]) -> tuple[int, bytes]:
    """Return exit code and output of a fork of this process that does some work."""
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reader)
        os.dup2(writer, 1)
        os.dup2(writer, 2)
        work_and_exit(work)
    os.close(writer)
    with os.fdopen(reader, "rb") as output:
        text = output.read()
    status = os.waitpid(child, 0)[1]
    return (-os.WTERMSIG(status) if os.WIFSIGNALED(status) else os.WEXITSTATUS(status)), text


def import_all(modules: str) -> None:
    """Import modules in order."""
    clean_slate()
    for module in modules.split():
        __import__(module)


def work_and_exit(work: Callable[[], None]) -> None:
    """Do the work, print any failure, and end this process."""
    code = 1
    try:
        work()
        code = 0
    except BaseException as error:
        import traceback

        below = error.__traceback__
        while below and below.tb_frame.f_code.co_filename == __file__:  # without our own functions
            below = below.tb_next
        traceback.print_exception(type(error), error, below)
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)
