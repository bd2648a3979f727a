"""What of a run's target `undo` takes back, and what stays, with the reason."""

from __future__ import annotations

import sys
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from buildfix.core import CreateEnvironment, Installed, InstallerName, Interpreter, RunCommand, Step
from buildfix.core.changes import Metadata
from buildfix.engine.past_runs import PastRun
from buildfix.engine.removal import facts_of
from buildfix.installers import installer_of
from buildfix.machines.local import Machine
from buildfix.platforms.site_packages import snapshot

_SECOND = 1_000_000_000
_REMOVAL = "import shutil, sys; shutil.rmtree(sys.argv[1])"

There = Mapping[str, Metadata]
"""What a target has now, by name."""


@dataclass(frozen=True)
class TargetUndo:
    """What is done in a run's target."""

    going: tuple[Installed, ...] = ()
    """The distributions that are uninstalled."""
    folder: str = ""
    """The virtual environment that is removed completely; empty if none is."""
    kept: tuple[str, ...] = ()
    """Sentences on what stays."""


def target_path(run: PastRun) -> str:
    """Return the absolute path of the interpreter that a run installed into; empty if none."""
    interpreter = run.state.interpreter
    return str(Path(run.started.folder, interpreter.path)) if interpreter else ""


def target_undo(run: PastRun, later: Sequence[PastRun], machine: Machine) -> TargetUndo:
    """Return what to take back in the target of a run, in spite of what `later` runs did there."""
    path, interpreter = target_path(run), run.state.interpreter
    if interpreter is None or not Path(path).exists():
        return TargetUndo()
    there = {one.installed.name: one for one in snapshot(interpreter.site)}
    going = {one.name: one for one in run.report.changes.target.added if one.name in there}
    kept = dict(_kept(run, there, going, _asked_since(later, path)))
    for name in kept:
        del going[name]
    kept |= _required(machine, path, going)
    going = {name: one for name, one in going.items() if name not in kept}
    folder = "" if kept else _own_folder(run, there, going)
    return TargetUndo(tuple(going.values()), folder, tuple(kept.values()))


def target_steps(found: TargetUndo, path: str, target: Interpreter, uv: str | None) -> list[Step]:
    """Return the steps in the target at `path`; without its own pip, `uv` removes from it."""
    if found.folder:
        summary = f"Remove the virtual environment {found.folder}"
        return [RunCommand(summary, argv=(sys.executable, "-I", "-c", _REMOVAL, found.folder))]
    if not found.going:
        return []
    installer: InstallerName = "pip" if target.pip or not uv else "uv"
    names = tuple(one.name for one in found.going)
    return [
        RunCommand(
            f"Uninstall {', '.join(map(str, found.going))} from {path}",
            argv=(*installer_of(installer).uninstall(path), *names),
            env=(("PIP_BREAK_SYSTEM_PACKAGES", "1"),) if target.externally_managed else (),
        )
    ]


def _kept(
    run: PastRun, there: There, added: Mapping[str, Installed], asked: Mapping[str, int]
) -> Iterator[tuple[str, str]]:
    """Yield the names of what stays although the run installed it, each with a sentence."""
    before = {one.installed.name: one.installed for one in _before(run)}
    for name, one in added.items():
        now = there[name]
        if name in before:
            yield name, _replaced(before[name], now.installed)
        elif now.installed != one or now.stamp > run.ended_at * _SECOND:
            yield name, f"{now.installed} stays: it was installed again after this run."
        elif name in asked:
            yield name, f"{one} stays: run {asked[name]} also asked for it."


def _before(run: PastRun) -> Sequence[Metadata]:
    path = run.state.interpreter.path if run.state.interpreter else ""
    return run.state.targets.get(path, ())


def _replaced(old: Installed, now: Installed) -> str:
    if old == now:
        return f"{now} stays: it was there before, and was only reinstalled."
    return f"{now} stays: it replaced {old}; to go back, install {old.name}=={old.version}."


def _asked_since(later: Sequence[PastRun], path: str) -> dict[str, int]:
    """Return what later runs that installed something were asked for, with their numbers."""
    there = (run for run in later if target_path(run) == path)
    changes = ((run.number, run.report.changes.target) for run in there)
    return {one.name: number for number, change in changes if change.added for one in change.asked}


def _required(machine: Machine, path: str, going: Mapping[str, Installed]) -> dict[str, str]:
    """Return what the distributions that stay require, each with a sentence."""
    kept: dict[str, str] = {}
    while more := _required_by_rest(machine, path, going.keys() - kept.keys()):
        kept |= {name: f"{going[name]} stays: another distribution may need it." for name in more}
    return kept


def _required_by_rest(machine: Machine, path: str, going: Collection[str]) -> list[str]:
    """Return which of these distributions the others require; all if the target cannot say."""
    facts = facts_of(machine, path, going) if going else None
    return sorted(name for name in going if facts is None or name in facts.required)


def _own_folder(run: PastRun, there: There, going: Mapping[str, Installed]) -> str:
    """Return the environment that the run created, if nothing else was installed into it."""
    own = {one.installed for one in _before(run)}.union(going.values())
    foreign = any(one.installed not in own for one in there.values())
    return "" if foreign else next(_created(run), "")


def _created(run: PastRun) -> Iterator[str]:
    """Yield the virtual environments that a run created and that are still there."""
    for step in run.state.applied:
        if isinstance(step, CreateEnvironment) and step.creates:
            folder = Path(run.started.folder, step.creates).parent.parent
            if (folder / "pyvenv.cfg").is_file():
                yield str(folder)
