"""A run that is killed: its journal tells the next one what was done, and what was under way."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from buildfix import engine
from buildfix.catalog import Knowledge
from buildfix.core import (
    Attempt,
    Cause,
    Command,
    Diagnosis,
    Halt,
    Installed,
    InstallPackages,
    InstallToolchain,
    MissingFeature,
    Need,
    Pin,
    Plan,
    Probe,
    Proof,
    SystemChange,
    events,
    learned,
)
from buildfix.core.changes import Metadata
from buildfix.core.events import Record
from buildfix.engine.journal import Journal
from buildfix.engine.journal_file import JOURNAL, read_journal
from buildfix.engine.killed_run import KilledRun, killed_runs
from buildfix.render.closing import killed_line
from tests.tree import ROOT
from tests.unit import test_clean, test_repair
from tests.unit.machines import INTERPRETER, TRIXIE, Answer, Played

RUN = """
import sys, time
from pathlib import Path
from buildfix import engine
from tests.unit import test_repair
from tests.unit.recipes import small_knowledge

import buildfix.platforms.host_facts
buildfix.platforms.host_facts.gather = lambda *_: test_repair.TRIXIE

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
        assert killed_runs(folder / "runs") == (), "it still runs"
        process.kill()
    return next(iter(killed_runs(folder / "runs")), None)


@pytest.mark.skipif(sys.platform == "win32", reason="nobody can tell whether a process runs")
def test_a_run_killed_in_a_step_is_told_of_by_the_next_one(tmp_path: Path) -> None:
    killed = kill_at(tmp_path, "install --yes")
    assert killed is not None
    assert killed.started.requirements == ("cffi",)
    assert killed.halt.moment == "step"
    assert "build-essential" in killed.halt.detail
    assert killed.completed == ()
    assert killed_line(killed.found).startswith(
        "The previous run (cffi) ended unexpectedly during the step: "
        f"{killed.halt.detail}. This run"
    )


GONE = 2**22 + 1
"""The number of no process."""
STARTED = events.RunStarted(("lxml",), GONE)
GCC = InstallPackages(
    "Install gcc", (Need("compiler-missing", "c"),), manager="apt", packages=("gcc",)
)
ATTEMPT = events.AttemptStarted(2, Command(("pip",)), "")
DONE = events.StepFinished(GCC, 0)


def journal(folder: Path, *records: Record) -> Journal:
    made = Journal(folder / JOURNAL)
    for record in records:
        made.add(record)
    return made


def told_of(runs: Path) -> list[tuple[str, Halt]]:
    return [(one.name, one.halt) for one in killed_runs(runs)]


def test_unfinished_run_that_had_begun_is_reported(tmp_path: Path) -> None:
    assert killed_runs(tmp_path / "none") == ()
    journal(tmp_path / "1", STARTED, ATTEMPT)
    assert told_of(tmp_path) == [("1", Halt("kill", "installer", "2"))]
    journal(tmp_path / "2", STARTED)  # nothing was begun
    journal(tmp_path / "3", STARTED, DONE, ATTEMPT, events.RunEnded("unfixed"))
    assert told_of(tmp_path) == [("1", Halt("kill", "installer", "2"))]
    journal(tmp_path / "4", events.RunStarted(("six",), os.getpid()), ATTEMPT)  # it runs
    assert [one.name for one in killed_runs(tmp_path)] == ["1"]


def test_a_run_killed_while_another_went_on_is_told_of_once(tmp_path: Path) -> None:
    journal(tmp_path / "1", STARTED, events.StepStarted(GCC, ()))
    journal(tmp_path / "2", STARTED, ATTEMPT, events.RunEnded("installed"))
    (killed,) = killed_runs(tmp_path)
    assert (killed.name, killed.newest, killed.under_way) == ("1", False, GCC)
    assert killed_line(killed.found).startswith("An earlier run (lxml) ended unexpectedly during")
    journal(tmp_path / "3", STARTED, learned.KilledRunsFound(("1",)), events.RunEnded("installed"))
    assert killed_runs(tmp_path) == ()


@pytest.mark.parametrize(
    "line", ["[]", "7", '{"kind": "run-started"}', '{"record": "run-started"}', "not JSON", ""]
)
def test_a_journal_that_is_written_differently_says_nothing(tmp_path: Path, line: str) -> None:
    journal(tmp_path / "1", ATTEMPT)
    written = (tmp_path / "1" / JOURNAL).read_text(encoding="utf-8")
    (tmp_path / "1" / JOURNAL).write_text(f"{line}\n{written}", encoding="utf-8")
    assert killed_runs(tmp_path) == ()


def test_a_run_whose_journal_cannot_be_written_is_not_called_unfinished(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    records = journal(tmp_path / "1", STARTED, events.StepStarted(GCC, ()))
    assert killed_runs(tmp_path)

    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "open", full)
    records.add(events.RunEnded("installed"))
    monkeypatch.undo()
    assert killed_runs(tmp_path) == ()


def test_steps_that_were_completed_are_named(tmp_path: Path) -> None:
    journal(tmp_path / "1", STARTED, ATTEMPT, DONE)
    with (tmp_path / "1" / JOURNAL).open("a", encoding="utf-8") as file:
        file.write('{"record": "att')  # the line that was being written
    (killed,) = killed_runs(tmp_path)
    assert (killed.completed, killed.under_way) == (("Install gcc",), None)
    assert killed_line(killed.found) == (
        "The previous run (lxml) ended unexpectedly between steps. Completed before that: "
        "Install gcc. This run checks the system again."
    )


def test_the_run_after_finishes_what_the_package_manager_was_at(
    tmp_path: Path, knowledge: Knowledge, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("buildfix.platforms.host_facts.gather", lambda *_: TRIXIE)
    journal(tmp_path / "runs/1", STARTED, events.StepStarted(GCC, ()))
    machine = test_repair.machine(test_repair.DONE)
    pending: list[Answer] = [Played("0001\n"), Played()]
    machine.answers = {
        "ls /var/lib/dpkg/updates": pending,
        "--configure -a": [Played()],
        **machine.answers,
    }
    killed = killed_runs(tmp_path / "runs")
    story = engine.repair(
        test_repair.REQUEST, machine, knowledge, lambda _: True, tmp_path / "runs/2", killed=killed
    )
    plans = [one.plan for one in story if isinstance(one, events.PlanProposed)]
    (step,) = plans[0].steps
    assert step.argv[0] == "dpkg"
    assert step.because == GCC.because
    assert "buildfix was killed during this step: Install gcc" in step.summary
    assert any("--configure" in argv for argv in machine.ran)
    assert killed_runs(tmp_path / "runs") == ()


@pytest.mark.parametrize("same", [True, False])
def test_what_a_killed_run_installed_goes_with_the_next_clean_one_of_the_same_request(
    same: bool, tmp_path: Path, knowledge: Knowledge, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The step is taken up again; `another` has come by other means."""
    monkeypatch.setattr("buildfix.platforms.host_facts.gather", lambda *_: TRIXIE)
    debian = test_clean.Debian()
    before = frozenset(debian.there)
    asked = replace(GCC, packages=("build-essential",), privileged=True)
    debian.there |= {"gcc", "build-essential", "another"}
    journal(
        tmp_path / "runs/1",
        events.RunStarted(("cffi",), GONE, str(Path.cwd() if same else tmp_path)),
        learned.TargetChosen(INTERPRETER, ()),
        learned.PackagesSeen("apt", before),
        events.StepStarted(asked, ()),
    )
    machine = debian.machine(test_repair.DONE)
    monkeypatch.setattr("buildfix.engine.removal.linked_libraries", lambda _: ())
    killed = killed_runs(tmp_path / "runs")
    request = test_clean.REQUEST
    logs = tmp_path / "runs/2"
    story = engine.repair(request, machine, knowledge, lambda _: True, logs, killed=killed)
    end = list(story)[-1]
    assert isinstance(end, events.Finished)
    assert ("Removed 3 build-only packages" in end.report.reason) is same
    assert debian.there == before | {"another"} | (set() if same else {"gcc", "build-essential"})


def test_every_kind_of_record_is_read_back_as_it_was_written(tmp_path: Path) -> None:
    cause = Cause("header-missing", "ffi.h", 3, "fatal error: ffi.h")
    diagnosis = Diagnosis(True, "cffi", "build", cause, excerpt=((3, "fatal"),))
    command = Command(("pip", "install"), (("CC", "gcc"),))
    toolchain = InstallToolchain("Install", discover=Probe(("x",), "(?P<y>z)"), wait=3)
    pin = Pin("Use cffi==1", names=("cffi==1",))
    plan = Plan(("cffi",), TRIXIE, (GCC, toolchain, pin), command, diagnosis=diagnosis)
    before = (Metadata("/v/x.dist-info", 7, Installed("x", "1")),)
    records: list[Record] = [
        STARTED,
        events.AttemptFinished(Attempt(command, "log", 1, 2.5, None, diagnosis)),
        events.PlanProposed(plan),
        events.StepStarted(toolchain, ("x",)),
        events.Verified(Proof("cffi", "1", None, ("cffi",))),
        learned.StepApplied(pin, (("CC", "gcc"),)),
        learned.StepBrought(GCC, ("gcc",)),
        learned.TargetChosen(INTERPRETER, before),
        learned.TargetChosen(INTERPRETER, None),
        learned.HostSeen(TRIXIE),
        learned.InstallVerified((), (), (MissingFeature("x", "y"),)),
        learned.ImportExplained(rebuilt=(("x", ("y",)),)),
        learned.PackagesSeen("apt", frozenset({"a"})),
        learned.WheelsAsked("torch", None),
        SystemChange("apt", ("gcc",)),
    ]
    made = journal(tmp_path, *records)
    assert read_journal(tmp_path / JOURNAL) == made.entries


def test_journal_file_has_no_credentials(tmp_path: Path) -> None:
    command = Command(("pip", "-i", "https://me:secret@index.example/simple"))
    journal(tmp_path, events.AttemptStarted(1, command, ""))
    assert "secret" not in (tmp_path / JOURNAL).read_text(encoding="utf-8")
