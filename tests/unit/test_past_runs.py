"""`history`, and `explain` without a log: what the journals of earlier runs say."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any
from unittest.mock import Mock

import pytest

from buildfix.cli import run
from buildfix.cli.tasks import Screen
from buildfix.cli.undo import planned
from buildfix.core import (
    Attempt,
    Cause,
    Command,
    Diagnosis,
    InstallPackages,
    Need,
    Plan,
    SystemChange,
    events,
)
from buildfix.core.changes import Installed, TargetChange
from buildfix.core.events import Record
from buildfix.core.learned import RunConcluded, StepApplied, TargetChosen
from buildfix.engine.journal import Journal
from buildfix.engine.journal_file import JOURNAL
from buildfix.render.places import folder_words
from tests.scoreboard.cases import CORPUS
from tests.unit.machines import TRIXIE

GONE = 1 << 30
"""No process has this number."""


@pytest.fixture
def runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    monkeypatch.setattr("buildfix.cli.history.runs_folder", lambda: tmp_path)
    monkeypatch.setattr("buildfix.cli.explain.runs_folder", lambda: tmp_path)
    return tmp_path


def write(runs: Path, name: str, *records: Record, process: int = GONE, undoes: str = "") -> Path:
    journal = Journal(runs / name / JOURNAL)
    journal.add(events.RunStarted(("lxml",), process, "/home/me", undoes))
    for record in records:
        journal.add(record)
    return runs / name


def finished(runs: Path, name: str, log: str = "") -> Path:
    assert TRIXIE.interpreter
    step = InstallPackages("Install gcc", (Need("compiler-missing", "c"),), packages=("gcc",))
    plan = Plan(("lxml",), TRIXIE, (step,), Command(("pip",)))
    added = (Installed("lxml", "6.0"),)
    command = Command(("pip", "install", "https://me:secret@h.invalid/lxml.tar.gz"))
    return write(
        runs,
        name,
        TargetChosen(TRIXIE.interpreter, ()),
        events.PlanProposed(plan),
        events.PlanAnswered(True),
        events.StepStarted(step, ("apt-get",)),
        events.StepFinished(step, 0),
        SystemChange("apt", ("gcc",), ("gcc", "libgcc")),
        events.AttemptStarted(1, command, log),
        events.AttemptFinished(Attempt(command, log, 0, 2.5, None)),
        RunConcluded("installed", target=TargetChange(added, asked=added, seen=True)),
        events.RunEnded("installed"),
    )


def test_runs_are_listed_latest_first(runs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    finished(runs, "20261130-100000-1")
    write(runs, "20261130-110000-2")
    write(runs, "20261130-120000-3", process=os.getpid())
    (runs / "20261130-130000-4").mkdir()
    (runs / "20261130-130000-4" / JOURNAL).write_text("{}\n")
    assert run(["history"]) == 0
    lines = capsys.readouterr().out.splitlines()[1:]
    assert [line.split()[0] for line in lines] == ["1", "2", "3"]
    assert "running" in lines[0]
    assert "killed" in lines[1]
    assert "installed  " in lines[2]
    assert "2 system packages installed, 1 distribution installed" in lines[2]


def test_place_is_named_of_runs_that_changed_something_there(
    runs: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    finished(runs, "20261130-100000-1")
    assert TRIXIE.interpreter
    target = TargetChosen(TRIXIE.interpreter, ())
    write(runs, "20261130-110000-2", target, RunConcluded("unfixed"), events.RunEnded("unfixed"))
    undone = (SystemChange("apt", removed=("gcc",)), RunConcluded("undone"))
    write(runs, "20261130-120000-3", target, *undone, undoes="20261130-100000-1")
    assert run(["history"]) == 0
    undo, nothing, installed = capsys.readouterr().out.splitlines()[1:]
    assert undo.endswith("1 system package removed")
    assert nothing.endswith("nothing changed")
    assert installed.endswith(f"({folder_words(TRIXIE.interpreter.path)})")


def test_history_is_a_document(runs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    finished(runs, "20261130-100000-1")
    assert run(["history", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["schema"] == "buildfix.history/1"
    (one,) = told["runs"]
    assert (one["number"], one["name"], one["outcome"]) == (1, "20261130-100000-1", "installed")
    assert one["changes"]["installed"] == ["lxml 6.0"]
    assert one["changes"]["system"][0]["added"] == ["gcc", "libgcc"]


@pytest.mark.usefixtures("runs")
def test_no_runs_is_no_error(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["history"]) == 0
    assert "No runs" in capsys.readouterr().out


@pytest.mark.parametrize("which", ["1", "20261130-100000-1"])
def test_a_run_is_shown_with_all_it_did(
    which: str, runs: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    finished(runs, "20261130-100000-1")
    assert run(["history", "show", which]) == 0
    told = capsys.readouterr().out
    for part in ("plan: 1 step", "plan accepted", "step done: Install gcc", "gcc, libgcc"):
        assert part in told
    assert "Installed lxml into" in told or "lxml" in told.splitlines()[-1]
    assert "secret" not in told
    assert run(["history", "show", which, "--json"]) == 0
    report = json.loads(capsys.readouterr().out)
    assert (report["schema"], report["outcome"]) == ("buildfix.report/1", "installed")
    assert report["journal"][0]["record"] == "run-started"


def test_killed_run_is_shown_up_to_its_last_record(
    runs: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    step = InstallPackages("Install gcc", packages=("gcc",))
    write(runs, "20261130-100000-1", events.StepStarted(step, ("apt-get",)))
    assert run(["history", "show", "1"]) == 0
    assert "during the step: Install gcc" in capsys.readouterr().out


@pytest.mark.parametrize("words", [["show", "7"], ["shw", "1"], ["show", "1", "2"]])
def test_unknown_run_is_a_usage_error(
    words: list[str], runs: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    finished(runs, "20261130-100000-1")
    assert run(["history", *words]) == 2
    assert "buildfix history" in capsys.readouterr().err


def test_undo_passes_over_an_undo_that_was_declined(
    runs: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("buildfix.cli.undo.runs_folder", lambda: runs)
    write(runs, "20261130-100000-1", events.RunEnded("unfixed"))
    declined = events.RunEnded("person-needed")
    write(runs, "20261130-110000-2", declined, undoes="20261130-100000-1")
    assert run(["undo"]) == 0
    assert "Nothing to undo for run 2: nothing that it changed is left." in capsys.readouterr().out
    assert run(["undo", "1"]) == 2
    assert "itself an undo" in capsys.readouterr().err
    assert run(["history"]) == 0
    assert "undo of lxml (20261130-100000-1)" in capsys.readouterr().out


def test_undo_passes_over_a_run_that_changed_nothing(
    runs: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("buildfix.cli.undo.runs_folder", lambda: runs)
    finished(runs, "20261130-100000-1")
    stopped = events.AttemptStarted(1, Command(("pip",)), "")
    write(runs, "20261130-110000-2", stopped, events.RunEnded("person-needed"))
    assert run(["undo", "--dry-run"]) in (0, 3)
    assert "run 1" not in capsys.readouterr().out


LXML = CORPUS / "debian" / "lxml.be.log"
OS = ["--os", "debian:13"]


def test_explain_takes_the_log_of_the_latest_run_that_has_one(
    runs: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    finished(runs, "20261130-100000-1", str(LXML))
    write(runs, "20261130-110000-2")
    assert run(["explain", *OS]) == 0
    told = capsys.readouterr().out
    assert str(LXML) in told
    assert "libxml2" in told


@pytest.mark.usefixtures("runs")
def test_explain_without_any_log_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["explain"]) == 2
    assert "No run has a log yet" in capsys.readouterr().err


@pytest.mark.parametrize(("second", "code"), [("ok", 5), ("error: unheard of", 1), (None, 0)])
def test_several_logs_end_with_the_worst_exit_code(
    second: str | None, code: int, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    other = LXML
    if second:
        other = tmp_path / "b.log"
        failing = f"{second}\nERROR: Failed building wheel for x\n"
        other.write_text(failing if code == 1 else "Successfully installed x-1\n")
    assert run(["explain", *OS, "--json", str(LXML), str(other)]) == code
    told: list[dict[str, Any]] = json.loads(capsys.readouterr().out)
    assert [one["schema"] for one in told] == ["buildfix.diagnosis/1"] * 2
    assert told[0]["cause"]["subject"] == "libxml2"
    assert run(["explain", *OS, str(LXML), str(other)]) == code
    assert f"{other}:" in capsys.readouterr().out


def test_pipe_without_words_is_read(
    runs: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    finished(runs, "20261130-100000-1", "/nowhere.log")
    with LXML.open() as text:
        monkeypatch.setattr("sys.stdin", text)
        assert run(["explain", *OS]) == 0
    assert "libxml2" in capsys.readouterr().out


@pytest.mark.parametrize("kept", [(), ("gcc stays.",)])
def test_nothing_is_left_is_only_said_if_nothing_is_kept(
    kept: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    past, screen = Mock(number=2), Screen(json=False, color=False, to_stdout=True)
    found = Mock(run=past, plan=Mock(steps=()), kept=kept)
    assert planned(found, screen) == 0
    assert ("nothing that it changed" in capsys.readouterr().out) is not bool(kept)


def test_records_of_remedies_are_counted_over_the_runs(
    runs: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("buildfix.cli.recipes.runs_folder", lambda: runs)
    assert run(["recipes", "evidence"]) == 0
    assert "No run on this machine has applied a remedy." in capsys.readouterr().out
    step = InstallPackages("Install gcc", (Need("compiler-missing", "c"),), packages=("gcc",))
    cause = events.CauseFound(Diagnosis(failed=True, cause=Cause("compiler-missing", "c", 1, "")))
    write(runs, "a", cause, StepApplied(step), events.RunEnded("installed"))
    write(runs, "b", cause, StepApplied(step), cause, events.RunEnded("unfixed"))
    assert run(["recipes", "evidence"]) == 0
    shown = " ".join(capsys.readouterr().out.split())
    counted = "applied: 2; cause gone: 1; installed and imported: 1"
    assert f"Install gcc for compiler-missing c: {counted}" in shown
