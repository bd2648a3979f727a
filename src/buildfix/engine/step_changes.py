"""What the steps of this run brought: noted while they are taken, for `--clean`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from buildfix.core import CreateEnvironment, Host, InstallPackages, RunCommand, Step, learned
from buildfix.engine.verify import installed_version
from buildfix.installers.by_name import names_uninstalled
from buildfix.package_managers import Remover, can_remove, manager_for

if TYPE_CHECKING:
    from buildfix.engine.session import Session


@contextmanager
def noted(session: Session, step: Step) -> Iterator[None]:
    """Note what a step brings, where it will be asked for; also of one that fails midway."""
    if not session.request.clean or step.afterwards or not step.argv:
        yield
        return
    remover = remover_for(session, step.manager)
    if remover is None or (isinstance(step, InstallPackages) and not _can_go(step, session.host())):
        new = _is_new(session, step)
        yield
        if not isinstance(step, CreateEnvironment):
            session.journal.add(learned.StepBrought(step, undoable=new))
        return
    before = remover.present(session.machine)
    try:
        yield
    finally:
        new_ones = remover.present(session.machine) - before if before else frozenset()
        if new_ones:
            session.journal.add(learned.StepBrought(step, tuple(sorted(new_ones))))


def remover_for(session: Session, manager: str | None) -> Remover | None:
    """Return how a manager of this host takes packages away, None where that is not known."""
    found = manager_for(manager, session.host()) if manager else None
    return found if can_remove(found) else None


def _is_new(session: Session, step: Step) -> bool:
    """Say whether to undo a step takes away only what it brings."""
    if not isinstance(step, RunCommand) or not step.undo:
        return False
    if any(Path(folder).expanduser().exists() for folder in step.undo_if_new):
        return False
    names = pypi_names(step)
    path = session.interpreter
    return not any(installed_version(session.machine, path, name) for name in names)


def pypi_names(step: Step) -> tuple[str, ...]:
    """Return the distributions that undoing a step takes away from the target."""
    return names_uninstalled(step.undo)


def cleaning_to_come(steps: Sequence[Step], host: Host) -> tuple[Step, ...]:
    """Return the step that stands in a dry run for the cleaning, planned when it is due.

    Empty where nothing of what these steps bring can be taken away again.
    """
    names = tuple(name for step in steps if _can_go(step, host) for name in step.packages)
    if not names and not any(step.undo for step in steps):
        return ()
    of = f" (of {', '.join(names)} and their dependencies)" if names else ""
    summary = f"After verification, remove build-only packages{of}; then verify again"
    because = tuple(dict.fromkeys(need for step in steps for need in step.because))
    return (RunCommand(summary, because, privileged=bool(names), afterwards=True),)


def _can_go(step: Step, host: Host) -> bool:
    """Say whether a step brings packages of a manager that can take them away again."""
    if not isinstance(step, InstallPackages) or not step.privileged:
        return False  # others are unpacked into a private folder
    return can_remove(manager_for(step.manager or "", host))
