"""A target that belongs to another user, if buildfix runs as root: what that user must access."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from buildfix.core import events
from buildfix.core.errors import PersonNeeded
from buildfix.engine.session import Session
from buildfix.engine.temporary_folders import scratch
from buildfix.installers import installer_of
from buildfix.installers.direct_references import direct_requests
from buildfix.installers.requirements import ParsedRequest
from buildfix.machines.owners import Owner, give, owner_of
from buildfix.machines.scripts import step_script
from buildfix.platforms.interpreter import ask_interpreter, library_folders

if TYPE_CHECKING:
    from buildfix.engine.wheelhouse import Wheelhouse

_READ, _ENTER, _BUILD_IN, _RUN = 4, 5, 7, 1
"""As access(2) has them."""


def owner_of_target(session: Session) -> Owner | None:
    """Return the user as whom to install; None if it is the current user."""
    return owner_of(session.interpreter.path) if session.local else None


def told_of_owner(session: Session) -> Iterator[events.Event]:
    """Yield that the install runs as the target's owner."""
    owner = owner_of_target(session)
    if owner:
        yield events.RunsAsOwner(owner.name, session.interpreter.prefix)


def check_reach(session: Session) -> None:
    """Raise PersonNeeded if the target's owner cannot access what the install needs."""
    owner = owner_of_target(session)
    if owner is None:
        return
    asked = list(_reached(session))
    path: str | None = ask_interpreter(session.machine, session.interpreter.path, "access", asked)
    if path:
        raise PersonNeeded(
            f"{session.interpreter.prefix} belongs to {owner.name}, and the install runs as that "
            f"user, who cannot access {path}.",
            do=f"Give {owner.name} access, or run buildfix as {owner.name}.",
        )


@contextmanager
def shared_with_owner(
    session: Session, house: Wheelhouse | None, cache: Path
) -> Iterator[Path | None]:
    """Provide a folder that the target's owner can read; its wheelhouse folders and cache are his.

    None if the target's owner is the current user.
    """
    owner = owner_of_target(session)
    if owner is None:
        yield None
        return
    for folder in filter(None, (cache, *((house.scratch, house.builds) if house else ()))):
        give(folder, owner)
    with scratch() as folder:
        folder.chmod(0o755)
        yield folder


def _reached(session: Session) -> Iterator[tuple[str, int]]:
    """Yield the paths that the install uses, each with the access mode that it needs."""
    request = session.request
    yield step_script("fetch"), _READ
    yield from ((folder, _READ) for folder in library_folders().values())
    if program := installer_of(request.installer).program:
        yield session.machine.which(program) or program, _RUN
    for path in filter(Path.exists, map(Path, (*request.requirement_files, *_files_told(request)))):
        yield str(path.absolute()), _READ
    for path in filter(None, (one.path for one in direct_requests(request))):
        yield str(path.absolute()), _BUILD_IN if path.is_dir() else _READ
    if request.wheelhouse:
        folder = Path(request.wheelhouse).absolute()
        yield str(next(filter(Path.exists, (folder, *folder.parents)))), _ENTER


def _files_told(request: ParsedRequest) -> Iterator[str]:
    return (one.value for one in request.shared_options if one.value)
