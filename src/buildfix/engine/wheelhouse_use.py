"""The wheelhouse in a run: opened, offered to the installer, and filled with what was built."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING

from buildfix.core import Need, Request, learned
from buildfix.engine.session import Session
from buildfix.installers.requirements import wants_hashes
from buildfix.package_managers import manager_for

if TYPE_CHECKING:
    from buildfix.engine.wheelhouse import Wheelhouse


def house_of(request: Request) -> AbstractContextManager[Wheelhouse | None]:
    """Return a context manager for the requested wheelhouse; it yields None without one."""
    if request.wheelhouse is None:
        return nullcontext()
    from buildfix.engine.wheelhouse import open_wheelhouse

    return open_wheelhouse(request.wheelhouse)


def house_to_look_into(request: Request, scratch: Path, *, local: bool = True) -> Wheelhouse | None:
    """Return the requested wheelhouse for reading only; raises UsageError.

    With `local` false for another machine than this.
    """
    if request.wheelhouse is None:
        return None
    from buildfix.engine.wheelhouse import wheelhouse_untouched

    return wheelhouse_untouched(request.wheelhouse, scratch, local=local)


def needed_by_wheels(session: Session) -> tuple[Need, ...]:
    """Return the missing libraries that the wheelhouse's wheels for this request need.

    Such a wheel is offered if everything it needs can be installed.
    """
    if session.house is None or wants_hashes(session.request):
        return ()
    from buildfix.engine.wheelhouse import met_by

    needs: list[Need] = []
    there = session.house.look(session.host(), session.tags())
    for wheel in filter(None, (met_by(word, there) for word in session.request.requirements)):
        mine = [Need("runtime-library-missing", name) for name in wheel.lacks]
        if mine and not session.draft_plan(mine).unmet:
            session.house.promised.add(wheel.path)
            needs += mine
    return tuple(needs)


def keep_wheels(session: Session, but: Iterable[str] = ()) -> str:
    """Save what was built so far, except those projects, to the wheelhouse.

    Returns why that failed; empty on success.
    """
    if session.house is None:
        return ""
    from buildfix.engine.wheelhouse import Maker

    host = session.host()
    recipe = session.knowledge.host(host)
    manager = manager_for(recipe.manager, host) if recipe else None

    def owners(libraries: Sequence[str]) -> Mapping[str, str]:
        return manager.packages_of(session.machine, libraries) if manager else {}

    applied, coming = tuple(session.state.applied), session.foreseen_so_far().coming
    maker = Maker(session.request, host, session.interpreter, applied, coming, owners)
    try:
        session.journal.add(learned.WheelsKept(tuple(map(str, session.house.keep(maker, but)))))
    except OSError as error:
        return f"Cannot save the built wheels to the wheelhouse: {error.strerror}."
    return ""
