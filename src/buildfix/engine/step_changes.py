"""Determines what a step changed, for the report and for `--clean`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from buildfix.core import (
    CreateEnvironment,
    Host,
    InstallPackages,
    RunCommand,
    Step,
    SystemChange,
    Unfinished,
    UnseenStep,
    learned,
)
from buildfix.core.light_dataclass import dataclass
from buildfix.engine.journal import ended_well
from buildfix.engine.verify import installed_version
from buildfix.installers.by_name import names_uninstalled
from buildfix.package_managers import PackageManager, Remover, can_remove, manager_for

if TYPE_CHECKING:
    from buildfix.engine.session import Session


@dataclass(frozen=True)
class Packages:
    """What a package manager has at one moment."""

    installed: frozenset[str]
    unfinished: frozenset[str]
    present: frozenset[str]
    """All packages in any state; empty if the manager cannot remove packages."""


class Watch:
    """A step in progress: what its package manager had before, and has now."""

    def __init__(self, session: Session, step: Step):
        """Query the step's package manager, if it has one."""
        self._session, self._step = session, step
        self._manager = _who_tells(step, session.host())
        self._can_go = _can_go(step, session.host())
        self._before = self._now()
        self._new = self._undo_is_asked_for() and _is_new(session, step)
        if self._before and self._can_go:
            seen = learned.PackagesSeen(step.manager or "", self._before.present)
            if seen.manager not in session.state.seen:
                session.journal.add(seen)

    def installed_all(self) -> bool:
        """Return whether everything to install is installed now, and was not before the step."""
        wanted, now = frozenset(self._step.packages), self._now()
        if not (wanted and self._before and now):
            return False
        return wanted <= now.installed and not wanted & self._before.installed

    def foreign(self) -> tuple[str, ...]:
        """Return the packages that were unfinished before the step and still are."""
        now = self._now()
        return (
            tuple(sorted(self._before.unfinished & now.unfinished)) if self._before and now else ()
        )

    def cut_short(self) -> None:
        """Record what a step that failed to install its packages has changed anyway."""
        now = self._now()
        if self._before and now and isinstance(self._step, InstallPackages):
            changed = Unfinished(
                tuple(sorted(now.installed - self._before.installed)),
                tuple(sorted(now.unfinished - self._before.unfinished)),
            )
            self._session.journal.add(learned.StepCutShort(changed))

    def close(self, *, finished: bool) -> None:
        """Record what the step has changed; `finished` if nothing stopped it from outside."""
        journal, now = self._session.journal, self._now()
        if self._before and now and self._before.installed:
            journal.add(_change(self._step, self._before, now))
        else:
            journal.add(UnseenStep(self._step.summary, finished and ended_well(journal.records)))
        if self._can_go:
            self._record_packages(now)
        elif finished and self._undo_is_asked_for():
            journal.add(learned.StepBrought(self._step, undoable=self._new))

    def _record_packages(self, now: Packages | None) -> None:
        if self._before and now and self._before.present and not self._step.afterwards:
            new = now.present - self._before.present
            if new:
                effect = learned.StepBrought(self._step, tuple(sorted(new)))
                self._session.journal.add(effect)

    def _undo_is_asked_for(self) -> bool:
        """Return whether it will be asked what else than packages the step has installed.

        Only `--clean` asks about what the step installs into the target: `undo` compares that.
        """
        step = self._step
        if step.afterwards or (pypi_names(step) and not self._session.request.clean):
            return False
        if self._can_go or isinstance(step, CreateEnvironment):
            return False
        return isinstance(step, InstallPackages) or remover_for(self._session, step.manager) is None

    def _now(self) -> Packages | None:
        manager, machine = self._manager, self._session.machine
        if manager is None:
            return None
        present = frozenset[str]()
        if self._can_go and can_remove(manager):
            present = manager.present(machine)
        return Packages(manager.installed(machine), manager.unfinished(machine), present)


@contextmanager
def watched(session: Session, step: Step) -> Iterator[Watch | None]:
    """Provide a Watch for a step; its changes are recorded even if the step is interrupted."""
    if not step.argv:
        yield None
        return
    watch, finished = Watch(session, step), False
    try:
        yield watch
        finished = True
    except BaseException:
        watch.cut_short()
        raise
    finally:
        watch.close(finished=finished)


def _who_tells(step: Step, host: Host) -> PackageManager | None:
    """Return the manager that can tell what a step changes; None if there is none."""
    manager = manager_for(step.manager, host) if step.manager else None
    private = manager is not None and manager.privileged and not step.privileged
    return None if private else manager  # such packages are unpacked into a folder of the user's


def _change(step: Step, before: Packages, now: Packages) -> SystemChange:
    added = tuple(sorted(now.installed - before.installed))
    return SystemChange(
        manager=step.manager or "",
        asked=tuple(name for name in added if name in (*step.packages, *step.argv)),
        added=added,
        removed=tuple(sorted(before.installed - now.installed - now.unfinished)),
        unfinished=tuple(sorted(now.unfinished - before.unfinished)),
    )


def remover_for(session: Session, manager: str | None) -> Remover | None:
    """Return how a manager of this host removes packages; None if unknown."""
    found = manager_for(manager, session.host()) if manager else None
    return found if can_remove(found) else None


def _is_new(session: Session, step: Step) -> bool:
    """Return whether undoing a step only removes what the step installed."""
    if not isinstance(step, RunCommand) or not step.undo:
        return False
    if any(Path(folder).expanduser().exists() for folder in step.undo_if_new):
        return False
    names = pypi_names(step)
    path = session.interpreter
    return not any(installed_version(session.machine, path, name) for name in names)


def pypi_names(step: Step) -> tuple[str, ...]:
    """Return the distributions that undoing a step removes from the target."""
    return names_uninstalled(step.undo)


def cleaning_to_come(steps: Sequence[Step], host: Host) -> tuple[Step, ...]:
    """Return the step that represents `--clean` in a dry run.

    Empty if nothing that these steps install can be removed.
    """
    names = tuple(name for step in steps if _can_go(step, host) for name in step.packages)
    if not names and not any(step.undo for step in steps):
        return ()
    of = f" (of {', '.join(names)} and their dependencies)" if names else ""
    summary = f"After verification, remove build-only packages{of}; then verify again"
    because = tuple(dict.fromkeys(need for step in steps for need in step.because))
    return (RunCommand(summary, because, privileged=bool(names), afterwards=True),)


def _can_go(step: Step, host: Host) -> bool:
    """Return whether a step installs packages of a manager that can remove them."""
    if not isinstance(step, InstallPackages) or not step.privileged:
        return False  # others are unpacked into a private folder
    return can_remove(manager_for(step.manager or "", host))
