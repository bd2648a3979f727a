"""Windows, as its tools were seen to answer: the loop itself, with recordings played in place.

A recording is played here without a process, since POSIX keeps only a byte of an exit code. Where
each output was seen stands beside it, in tests/unit/recorded/*.toml.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from buildfix.catalog import Knowledge
from buildfix.cli.tasks import EXIT_OF_OUTCOME
from buildfix.core import Host, Need, Privilege, events
from buildfix.machines.local import LocalMachine
from buildfix.platforms.stock_host import stock_host
from buildfix.providers import draft_plan
from tests.unit.machines import Played
from tests.unit.recorded.machines import Clock, player, told

NO_MSVC = Played(
    "error: Microsoft Visual C++ 14.0 or greater is required. Get it with "
    '"Microsoft C++ Build Tools": https://visualstudio.microsoft.com/visual-cpp-build-tools/',
    1,
)
NO_CMAKE = Played("error: command 'cmake' failed: No such file or directory", 1)
AGREED = {"--accept-package-agreements", "--accept-source-agreements", "--disable-interactivity"}


pytestmark = pytest.mark.usefixtures("clock")


@pytest.fixture(scope="module")
def knowledge() -> Knowledge:
    return Knowledge()


def windows(knowledge: Knowledge, privilege: Privilege = "root") -> Host:
    return replace(stock_host("windows:11", knowledge), privilege=privilege)


def installs(ran: list[tuple[str, ...]]) -> list[tuple[str, ...]]:
    return [argv for argv in ran if argv[1:2] == ("install",)]


def test_visual_studio_that_vswhere_finds_needs_no_step(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, knowledge: Knowledge
) -> None:
    here = player(tmp_path, "vswhere-installed", "winget-fresh")
    run = told(monkeypatch, tmp_path, here, windows(knowledge), knowledge, NO_MSVC)
    assert installs(here.ran) == []
    assert (run.report.outcome, run.report.applied) == ("unfixed", ())
    assert "the build still fails" in run.report.reason
    there = replace(windows(knowledge), setups=frozenset({"visual-studio"}))
    assert draft_plan((Need("compiler-missing", "msvc"),), there, knowledge).steps == ()


def test_unattended_all_agreements_are_accepted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, knowledge: Knowledge
) -> None:
    here = player(tmp_path, "vswhere-later", "winget-fresh")
    run = told(monkeypatch, tmp_path, here, windows(knowledge), knowledge, NO_MSVC)
    assert run.report.outcome == "installed", run.report.reason
    (argv,) = installs(here.ran)
    assert argv[argv.index("--id") + 1] == "Microsoft.VisualStudio.2022.BuildTools"
    assert set(argv) > AGREED
    assert "Microsoft.VisualStudio.Workload.VCTools" in argv[-1]


def test_attended_the_agreements_are_the_persons_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, knowledge: Knowledge
) -> None:
    here = player(tmp_path, "vswhere-none", "winget-agreements")
    run = told(monkeypatch, tmp_path, here, windows(knowledge), knowledge, NO_MSVC, attended=True)
    (argv,) = installs(here.ran)
    assert AGREED.isdisjoint(argv)
    assert run.report.outcome == "unfixed"
    assert "Error reading input in prompt" in run.report.reason


@pytest.mark.parametrize(
    ("recording", "there"), [("winget-restart", ("winget",)), ("choco-restart", ("choco",))]
)
def test_a_restart_that_is_wanted_is_no_failure(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    knowledge: Knowledge,
    recording: str,
    there: tuple[str, ...],
    clock: Clock,
) -> None:
    here = player(tmp_path, "vswhere-none", "vswhere-later", recording)
    run = told(monkeypatch, tmp_path, here, windows(knowledge), knowledge, NO_MSVC)
    assert run.report.outcome == "installed", run.report.reason
    assert installs(here.ran)[0][:1] == there
    ends = [event.returncode for event in run.story if isinstance(event, events.StepFinished)]
    assert ends == [0]
    assert clock.pauses == 1, "after such a code the setup is waited for"
    (step,) = run.report.applied
    assert "restart Windows" in step.summary


def test_a_package_that_is_there_already_is_no_failure(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, knowledge: Knowledge
) -> None:
    here = player(tmp_path, "vswhere-installed", "winget-version", "winget-installed")
    run = told(monkeypatch, tmp_path, here, windows(knowledge), knowledge, NO_CMAKE)
    assert installs(here.ran)[0][-1] == "Kitware.CMake"
    assert run.report.outcome == "installed", run.report.reason


def test_an_id_that_no_source_has_ends_it_with_what_winget_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, knowledge: Knowledge
) -> None:
    here = player(tmp_path, "vswhere-installed", "winget-version", "winget-unknown")
    run = told(monkeypatch, tmp_path, here, windows(knowledge), knowledge, NO_CMAKE)
    assert (run.report.outcome, run.report.applied) == ("unfixed", ())
    assert "No package found matching input criteria" in run.report.reason


def test_missing_administrator_rights_need_a_person(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, knowledge: Knowledge
) -> None:
    here = player(tmp_path, "vswhere-none", "winget-fresh")
    run = told(monkeypatch, tmp_path, here, windows(knowledge, "none"), knowledge, NO_MSVC)
    assert EXIT_OF_OUTCOME[run.report.outcome] == 4
    assert "opened as administrator" in run.report.reason
    assert installs(here.ran) == []


def test_programs_are_called_without_the_ending_that_windows_adds(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("winget.exe", "npm.CMD", "notes.txt"):
        (tmp_path / name).touch()
    here = LocalMachine({"PATH": str(tmp_path)})
    monkeypatch.setattr("buildfix.machines.local.os.name", "nt")
    commands = here.commands()
    monkeypatch.undo()
    assert commands == {"winget", "npm", "notes.txt"}
