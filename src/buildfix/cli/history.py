"""`buildfix history`: earlier runs, from their journals."""

from __future__ import annotations

from collections.abc import Sequence

from buildfix.cli.tasks import Screen
from buildfix.core.errors import UsageError
from buildfix.core.program import own_command
from buildfix.engine.past_runs import PastRun, past_runs
from buildfix.machines.state_folders import runs_folder
from buildfix.render.documents import report_document
from buildfix.render.history import history_document, show_history, show_run

SHOW = "show"


def history_task(words: Sequence[str], screen: Screen) -> int:
    """Run `buildfix history [show N]`; nothing is changed."""
    if not words:
        runs = tuple(past_runs(runs_folder()))
        if screen.json:
            screen.document(history_document(runs))
        else:
            show_history(runs, screen.view)
        return 0
    if words[0] != SHOW or len(words) > 2:
        raise UsageError(
            f"Unknown words: {' '.join(words)}.", do=f"Use `{own_command('history show N')}`."
        )
    run = find_run(words[1] if len(words) == 2 else "1")
    if screen.json:
        screen.document(report_document(run.report, run.entries))
    else:
        show_run(run, screen.view)
    return 0


def find_run(word: str) -> PastRun:
    """Return the run with this number or folder name; raises UsageError."""
    runs = tuple(past_runs(runs_folder()))
    for run in runs:
        if word in (str(run.number), run.name):
            return run
    if not runs:
        raise UsageError("No runs are recorded.")
    raise UsageError(f"There is no run {word}.", do=f"See `{own_command('history')}`.")
