"""`--cache`: what compilers wrote before is taken from a cache, by the programs of its recipes.

A cache only works below pip's temporary folders, and only for this process's user: what a build
finds in it must not come from another one.
"""

from __future__ import annotations

import hashlib
import os
import platform
import socket
import stat
import sys
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, nullcontext, suppress
from pathlib import Path

from buildfix.catalog.object_caches import ObjectCache
from buildfix.core import Variables
from buildfix.core.errors import BuildfixError
from buildfix.core.system import HERE
from buildfix.engine.session import Session
from buildfix.machines.owners import owner_of
from buildfix.machines.state_folders import objects_folder

_AUTO = "auto"
_CPUS = Path("/proc/cpuinfo")
_OF_PROCESSORS = frozenset(
    {
        *("vendor_id", "cpu family", "model", "model name", "stepping", "flags", "cache size"),
        *("CPU implementer", "CPU part", "CPU variant", "Features", "cpu", "isa", "uarch"),
    }
)
"""What that says of the kind of a processor (proc_cpuinfo(5))."""


@contextmanager
def object_caches(session: Session, told: Variables) -> Iterator[Variables]:
    """Provide the variables that make a command use the caches; `told` are those it has.

    Nothing is given if no cache was requested, or if another user builds.
    """
    folder, given = _folder(session), dict[str, str]()
    with ExitStack() as ends:
        if folder:
            for cache in session.knowledge.object_caches:
                there = {**session.environ, **dict(told), **given}
                place = folder / cache.program / processor()
                given |= ends.enter_context(_used(session, cache, there, place))
        yield tuple(given.items())


def _folder(session: Session) -> Path | None:
    asked = session.request.cache
    if asked is None or not session.local or os.name != "posix":
        return None
    if owner_of(session.interpreter.path):
        return None
    return objects_folder() if asked == _AUTO else Path(asked)


@contextmanager
def _used(
    session: Session, cache: ObjectCache, there: Mapping[str, str], folder: Path
) -> Iterator[dict[str, str]]:
    """Provide the variables for one program, if it is there and the user has not set it up."""
    path = session.machine.which(cache.program)
    if path is None or any(name in there for name in cache.own_variables) or not _made(folder):
        yield {}
        return
    with _locked(folder) if cache.port else nullcontext(True) as free:
        if not free:
            yield {}
            return
        given = _variables(session, cache, there, folder, path)
        try:
            yield given
        finally:
            if cache.stop:
                with suppress(BuildfixError, OSError):  # it may never have been started
                    session.machine.run([path, *cache.stop], tuple(given.items()))


def _variables(
    session: Session, cache: ObjectCache, there: Mapping[str, str], folder: Path, path: str
) -> dict[str, str]:
    """Return the variables that make a command use one program, which lies at `path`."""
    given = {**cache.variables, cache.folder: str(folder)}
    if cache.root:
        given[cache.root] = next(
            (there[name] for name in HERE.temporary if there.get(name)), tempfile.gettempdir()
        )
    if cache.wrapper:
        given[cache.wrapper] = path
    if cache.port:
        given[cache.port] = str(_free_port())
    if cache.compilers:
        names = filter(cache.compilers.fullmatch, session.machine.commands())
        links = _links(session.files, path, names)
        given["PATH"] = os.pathsep.join(filter(None, (str(links), there.get("PATH"))))
    return given


def _made(folder: Path) -> bool:
    """Return whether a folder is there that only this user can write to."""
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        with suppress(FileExistsError):
            folder.mkdir(mode=0o700)
        facts = folder.lstat()
    except OSError:
        return False
    mine = stat.S_ISDIR(facts.st_mode) and facts.st_uid == os.geteuid()
    return mine and not facts.st_mode & 0o022 and os.access(folder, os.W_OK)


@contextmanager
def _locked(folder: Path) -> Iterator[bool]:
    """Hold the lock of a folder, and say whether it was free.

    Servers that share a folder make builds fail (sccache's documentation, "Local").
    """
    with ExitStack() as held:
        free = True
        try:
            file = held.enter_context((folder / "buildfix.lock").open("w"))
            if sys.platform != "win32":
                import fcntl

                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            free = False
        yield free


def processor() -> str:
    """Return a word for the kind of this machine's processor.

    Options such as `-march=native` name none, and a home folder may be on several machines.
    """
    lines: list[str] = []
    with suppress(OSError):
        lines = _CPUS.read_text(encoding="utf-8", errors="replace").splitlines()
    told = {one for one in lines if one.partition(":")[0].strip() in _OF_PROCESSORS}
    words = (platform.machine(), platform.processor(), *sorted(told))
    return hashlib.sha256(repr(words).encode()).hexdigest()[:12]


def _links(place: Path, program: str, names: Iterable[str]) -> Path:
    """Return a folder in which a program stands in for these compilers, and for no other one.

    It runs the real one, which comes after it on PATH.
    """
    listed = sorted(names)
    folder = place / f"compilers-{hashlib.sha256(repr(listed).encode()).hexdigest()[:8]}"
    folder.mkdir(parents=True, exist_ok=True)
    for name in listed:
        with suppress(FileExistsError):
            (folder / name).symlink_to(program)
    return folder


def _free_port() -> int:
    """Return a port on loopback for a server that is not shared with other runs."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port: int = one.getsockname()[1]
        return port
