"""`buildfix undo`: takes back what a run changed on this system."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import chain
from pathlib import Path

from buildfix.api import load_recipes
from buildfix.cli.history import find_run
from buildfix.cli.story import follow
from buildfix.cli.tasks import EXIT_OF_OUTCOME, Screen, consent_of
from buildfix.engine.past_runs import past_runs
from buildfix.engine.temporary_folders import scratch
from buildfix.engine.undo import Undo, plan_undo, undo
from buildfix.machines.local import LocalMachine
from buildfix.machines.state_folders import log_folder, runs_folder
from buildfix.render import documents as doc
from buildfix.render.closing import untouched

_HAS_STEPS = 3


@dataclass(frozen=True)
class Undoing:
    """What `undo` is asked to do."""

    run: str = ""
    """The number or the name of the run to take back; empty for the latest."""
    unattended: bool = False
    dry: bool = False


def undo_task(asked: Undoing, screen: Screen, recipes: Path | None) -> int:
    """Run `buildfix undo`; return 0 if everything is as planned, also if there was nothing."""
    run, knowledge = find_run(asked.run or _latest()), load_recipes(recipes)
    others = [one for one in past_runs(runs_folder()) if one.name != run.name]
    with scratch() as folder:
        found = plan_undo(
            run, others, LocalMachine(), knowledge, folder, unattended=asked.unattended
        )
        for sentence in found.kept:
            screen.view.say(sentence)
        if asked.dry or not found.plan.steps:
            return planned(found, screen)
        consent = consent_of(screen, knowledge, unattended=asked.unattended)
        end = follow(undo(found, log_folder(), consent), screen.view)
    if screen.json:
        screen.document(doc.report_document(end.report, end.journal))
    return EXIT_OF_OUTCOME[end.report.outcome]


def _latest() -> str:
    """Return the name of the latest run that changed anything, or else of the latest one.

    An `undo` that was not carried out does not count.
    """
    runs = [one for one in past_runs(runs_folder()) if one.has_begun or not one.started.undoes]
    changing = (one.name for one in runs if one.started.undoes or not untouched(one.report.changes))
    return next(chain(changing, (one.name for one in runs)), "1")


def planned(found: Undo, screen: Screen) -> int:
    """Show the plan, or that there is nothing to do; return the exit code of a dry run."""
    if screen.json:
        more = {"undoes": found.run.name, "kept": list(found.kept)}
        screen.document({**doc.plan_document(found.plan), **more})
    if not found.plan.steps:
        left = "only what is named above" if found.kept else "nothing that it changed"
        screen.view.say(f"Nothing to undo for run {found.run.number}: {left} is left.")
        return 0
    screen.view.plan(found.plan, whole=True)
    return _HAS_STEPS
