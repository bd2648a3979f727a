"""`--cache`: what compilers wrote before is taken from a cache, by the programs of its recipes.

A cache only works below pip's temporary folders, and only for this process's user: what a build
finds in it must not come from another one.
"""

from __future__ import annotations

import hashlib
import os
import socket
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

from buildfix.catalog.object_caches import ObjectCache
from buildfix.core import Variables
from buildfix.core.errors import BuildfixError
from buildfix.core.system import HERE
from buildfix.engine.session import Session
from buildfix.machines.owners import owner_of
from buildfix.machines.state_folders import objects_folder

_AUTO = "auto"


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
                given |= ends.enter_context(_used(session, cache, there, folder / cache.program))
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
    try:
        yield given
    finally:
        if cache.stop:
            with suppress(BuildfixError, OSError):  # it may never have been started
                session.machine.run([path, *cache.stop], tuple(given.items()))


def _made(folder: Path) -> bool:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError:
        return False
    return os.access(folder, os.W_OK)


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
