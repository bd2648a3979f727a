"""A run that is killed: its journal tells the next one what was done, and what was under way."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from buildfix.core import Halt, RunCommand, events
from buildfix.engine.journal import JOURNAL, Journal
from buildfix.engine.killed_run import KilledRun, killed_run
from buildfix.render.closing import killed_line
from tests.tree import ROOT

RUN = """
import sys, time
from pathlib import Path
from buildfix import engine
from tests.unit import test_repair
from tests.unit.recipes import small_knowledge

import buildfix.engine.session
buildfix.engine.session.gather = lambda *_: test_repair.TRIXIE

def hang(argv):
    print("hangs", flush=True)
    time.sleep(600)

folder, hanging = Path(sys.argv[1]), sys.argv[2]
machine = test_repair.machine(test_repair.NO_COMPILER, test_repair.DONE)
machine.answers = {hanging: [hang], **machine.answers}
knowledge = small_knowledge(folder / "recipes")
consent = lambda _: True
for _ in engine.repair(test_repair.REQUEST, machine, knowledge, consent, folder / "runs/1"):
    pass
"""


def kill_at(folder: Path, hanging: str) -> KilledRun | None:
    """Kill a run while a command that contains this word runs; return what the journal tells."""
    argv = [sys.executable, "-c", RUN, str(folder), hanging]
    with subprocess.Popen(argv, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout and process.stdout.readline() == "hangs\n"
        assert killed_run(folder / "runs") is None, "it still runs"
        process.kill()
    return killed_run(folder / "runs")


@pytest.mark.skipif(sys.platform == "win32", reason="nobody can tell whether a process runs")
def test_a_run_killed_in_a_step_is_told_of_by_the_next_one(tmp_path: Path) -> None:
    killed = kill_at(tmp_path, "install --yes")
    assert killed is not None
    assert killed.requirements == ("cffi",)
    assert killed.halt.moment == "step"
    assert "build-essential" in killed.halt.detail
    assert killed.completed == ()
    assert killed_line(killed).startswith(
        "The previous run (cffi) ended unexpectedly during the step: "
        f"{killed.halt.detail}. This run"
    )


def journal(folder: Path, *records: dict[str, object]) -> None:
    folder.mkdir(parents=True)
    lines = (json.dumps(record) for record in records)
    (folder / JOURNAL).write_text("\n".join(lines), encoding="utf-8")


def started(process: int = 2**22 + 1) -> dict[str, object]:
    return {"record": "run-started", "requirements": ["lxml"], "process": process}


ATTEMPT = {"record": "attempt-started", "number": 2, "argv": [], "log": ""}
DONE = {"record": "step-finished", "step": "Install gcc", "returncode": 0}


def test_only_the_last_run_is_told_of_and_only_if_it_did_not_end(tmp_path: Path) -> None:
    assert killed_run(tmp_path / "none") is None
    journal(tmp_path / "1", started(), ATTEMPT)
    assert killed_run(tmp_path) == KilledRun(("lxml",), Halt("kill", "installer", "2"), ())
    journal(tmp_path / "2", started(), DONE, ATTEMPT, {"record": "run-ended", "outcome": "unfixed"})
    assert killed_run(tmp_path) is None
    journal(tmp_path / "3", started())  # nothing was begun
    assert killed_run(tmp_path) is None


@pytest.mark.parametrize(
    "line", ["[]", "7", '{"kind": "run-started"}', '{"record": "run-started"}', "not JSON", ""]
)
def test_a_journal_that_is_written_differently_says_nothing(tmp_path: Path, line: str) -> None:
    journal(tmp_path / "1", ATTEMPT)
    (tmp_path / "1" / JOURNAL).write_text(f"{line}\n{json.dumps(ATTEMPT)}\n", encoding="utf-8")
    assert killed_run(tmp_path) is None


def test_a_run_whose_journal_cannot_be_written_is_not_called_unfinished(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    records = Journal(tmp_path / "1" / JOURNAL)
    records.add(events.RunStarted(("lxml",), 2**22 + 1))
    records.add(events.StepStarted(RunCommand("Install gcc"), ()))
    assert killed_run(tmp_path)

    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "open", full)
    records.add(events.RunEnded("installed"))
    monkeypatch.undo()
    assert killed_run(tmp_path) is None


def test_steps_that_were_completed_are_named(tmp_path: Path) -> None:
    journal(tmp_path / "1", started(), ATTEMPT, DONE)
    with (tmp_path / "1" / JOURNAL).open("a", encoding="utf-8") as file:
        file.write('\n{"record": "att')  # the line that was being written
    killed = killed_run(tmp_path)
    assert killed == KilledRun(("lxml",), Halt("kill", "between", "Install gcc"), ("Install gcc",))
    assert killed_line(killed) == (
        "The previous run (lxml) ended unexpectedly between steps. Completed before that: "
        "Install gcc. This run checks the system again and does what is missing."
    )
