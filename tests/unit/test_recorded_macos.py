"""Macs, as their tools were seen to answer: the loop itself, with stub programs alone on PATH.

Where each output was seen stands beside it, in tests/unit/recorded/*.toml.
"""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

import pytest

from buildfix.catalog import Knowledge, shipped_folder
from buildfix.cli.tasks import EXIT_OF_OUTCOME
from buildfix.core import Host, Privilege, events
from buildfix.platforms.stock_host import stock_host
from tests.unit.machines import Played
from tests.unit.recorded.machines import Clock, stubbed, told
from tests.unit.recorded.stubs import calls

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="stubs start by their first line")

# As pip told it of watchdog: recipes/causes/macos.toml says where.
NO_TOOLS = Played(
    "xcrun: error: invalid active developer path (/Library/Developer/CommandLineTools), "
    "missing xcrun at: /Library/Developer/CommandLineTools/usr/bin/xcrun",
    1,
)
NO_XSLT = Played("a.c:1:10: fatal error: 'libxslt/xslt.h' file not found", 1)
ASKED, REQUEST = ("xcode-select", "-p"), ("xcode-select", "--install")
TOUCHED = "/tmp/.com.apple.dt.CommandLineTools.installondemand.in-progress"


@pytest.fixture(scope="module")
def knowledge() -> Knowledge:
    return Knowledge()


def mac(knowledge: Knowledge, privilege: Privilege = "sudo-password") -> Host:
    return replace(stock_host("macos:15", knowledge), privilege=privilege)


def system_calls(folder: Path) -> list[tuple[str, ...]]:
    """Return what was called, but for looking whether Homebrew is there and what it has."""
    looks = (("brew", "--version"), ("brew", "list", "--formula", "-1"))
    return [argv for argv in calls(folder) if argv not in looks]


def test_the_dialog_is_waited_for_until_the_tools_are_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, knowledge: Knowledge, clock: Clock
) -> None:
    with stubbed(tmp_path, "xcode-attended") as here:
        run = told(monkeypatch, tmp_path, here, mac(knowledge), knowledge, NO_TOOLS, attended=True)
    assert run.report.outcome == "installed"
    assert calls(tmp_path)[:4] == [ASKED, REQUEST, ASKED, ASKED]
    assert clock.pauses == 1
    (wait,) = run.waits
    assert wait.startswith("Install Xcode command line tools.")
    assert wait.endswith("(at most 60 minutes)")


def test_tools_that_are_there_already_are_no_failure(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, knowledge: Knowledge, clock: Clock
) -> None:
    with stubbed(tmp_path, "xcode-meanwhile") as here:
        run = told(monkeypatch, tmp_path, here, mac(knowledge), knowledge, NO_TOOLS, attended=True)
    assert run.report.outcome == "installed"
    assert calls(tmp_path)[:3] == [ASKED, REQUEST, ASKED]
    assert (clock.pauses, run.waits) == (0, [])
    ends = [event.returncode for event in run.story if isinstance(event, events.StepFinished)]
    assert ends == [0]


def test_tools_that_are_seen_to_be_there_are_not_asked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, knowledge: Knowledge
) -> None:
    with stubbed(tmp_path, "xcode-installed") as here:
        run = told(monkeypatch, tmp_path, here, mac(knowledge), knowledge, NO_TOOLS, attended=True)
    assert REQUEST not in calls(tmp_path)
    assert (run.report.outcome, run.report.applied) == ("unfixed", ())
    assert "the build still fails" in run.report.reason


def test_a_dialog_that_nobody_answers_needs_a_person_in_the_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, knowledge: Knowledge, clock: Clock
) -> None:
    with stubbed(tmp_path, "xcode-unanswered") as here:
        run = told(monkeypatch, tmp_path, here, mac(knowledge), knowledge, NO_TOOLS, attended=True)
    assert EXIT_OF_OUTCOME[run.report.outcome] == 4
    assert run.report.reason.startswith("Timed out after 60 minutes: Install Xcode")
    assert [step.argv for step in run.report.todo] == [REQUEST]
    assert run.report.applied == ()
    assert clock.now == 3600


def test_declined_plan_opens_no_installer_dialog(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, knowledge: Knowledge
) -> None:
    with stubbed(tmp_path, "xcode-unanswered") as here:
        host = mac(knowledge)
        run = told(
            monkeypatch, tmp_path, here, host, knowledge, NO_TOOLS, attended=True, agreed=False
        )
    assert EXIT_OF_OUTCOME[run.report.outcome] == 4
    assert REQUEST not in calls(tmp_path)


@pytest.fixture(scope="module")
def marked(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Knowledge]:
    """Give the shipped knowledge, but for the file that has softwareupdate list the tools."""
    base = tmp_path_factory.mktemp("marked")
    touched, folder = base / "in-progress", base / "recipes" / "hosts"
    folder.mkdir(parents=True)
    shipped = (shipped_folder() / "hosts" / "macos.toml").read_text(encoding="utf-8")
    assert TOUCHED in shipped
    text = shipped.replace(TOUCHED, str(touched))
    (folder / "macos.toml").write_text(text, encoding="utf-8")
    return touched, Knowledge([shipped_folder(), folder.parent])


def look_for(touched: Path, folder: Path) -> None:
    """Have the recording that is played look for another file than Apple's."""
    recording = folder / "stubs" / "recording.toml"
    text = recording.read_text(encoding="utf-8")
    recording.write_text(text.replace(TOUCHED, str(touched)), encoding="utf-8")


@pytest.mark.parametrize("privilege", ["sudo", "root"])
def test_unattended_softwareupdate_offers_the_tools_while_a_file_is_there(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    marked: tuple[Path, Knowledge],
    privilege: Privilege,
) -> None:
    touched, knowledge = marked
    with stubbed(tmp_path, "xcode-unattended") as here:
        look_for(touched, tmp_path)
        run = told(monkeypatch, tmp_path, here, mac(knowledge, privilege), knowledge, NO_TOOLS)
    assert run.report.outcome == "installed", run.report.reason
    assert calls(tmp_path)[1:4] == [
        ("softwareupdate", "--list"),
        ("softwareupdate", "--install", "Command Line Tools for Xcode-16.2"),
        ASKED,
    ]
    assert not touched.exists()


def test_of_several_releases_the_newest_is_chosen(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, marked: tuple[Path, Knowledge]
) -> None:
    touched, knowledge = marked
    with stubbed(tmp_path, "xcode-unanswered", "softwareupdate-two") as here:
        run = told(monkeypatch, tmp_path, here, mac(knowledge, "root"), knowledge, NO_TOOLS)
    chosen = ("softwareupdate", "--install", "Command Line Tools for Xcode-11.3")
    assert chosen in calls(tmp_path)
    # That call is in no recording: it fails as a label does that is not offered.
    assert run.report.outcome == "unfixed"
    assert not touched.exists()


def test_what_softwareupdate_does_not_offer_a_person_has_to_bring(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, marked: tuple[Path, Knowledge]
) -> None:
    touched, knowledge = marked
    with stubbed(tmp_path, "xcode-unattended") as here:
        look_for(tmp_path / "another", tmp_path)
        run = told(monkeypatch, tmp_path, here, mac(knowledge, "root"), knowledge, NO_TOOLS)
    assert EXIT_OF_OUTCOME[run.report.outcome] == 4
    assert "`softwareupdate --list` does not list what this step installs" in run.report.reason
    assert not touched.exists()


def test_homebrew_installs_and_its_kegs_are_told_to_the_compilers(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, knowledge: Knowledge
) -> None:
    with stubbed(tmp_path, "xcode-installed", "brew-fresh") as here:
        run = told(monkeypatch, tmp_path, here, mac(knowledge), knowledge, NO_XSLT)
    assert run.report.outcome == "installed", run.report.reason
    (install,) = [argv for argv in system_calls(tmp_path) if argv[0] == "brew"]
    assert install[:4] == ("brew", "install", "--formula", "libxslt")
    output = [event.text for event in run.story if isinstance(event, events.StepOutput)]
    assert any(line.startswith("libxslt is keg-only") for line in output)
    before, after = run.installs
    assert "LDFLAGS" not in before
    assert "-L/opt/homebrew/opt/libxslt/lib" in after["LDFLAGS"].split()
    assert "/opt/homebrew/opt/libxslt/lib/pkgconfig" in after["PKG_CONFIG_PATH"].split(":")


def test_a_formula_that_is_there_already_is_no_failure(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, knowledge: Knowledge
) -> None:
    with stubbed(tmp_path, "xcode-installed", "brew-version", "brew-installed") as here:
        run = told(monkeypatch, tmp_path, here, mac(knowledge), knowledge, NO_XSLT)
    assert run.report.outcome == "installed", run.report.reason
    assert "-L/opt/homebrew/opt/libxslt/lib" in run.installs[1]["LDFLAGS"].split()


@pytest.mark.parametrize(
    ("recording", "privilege", "said"),
    [
        ("brew-unknown", "sudo-password", "No formulae or casks found for steghide"),
        ("brew-root", "root", "Homebrew as root is extremely dangerous"),
    ],
)
def test_homebrew_error_ends_the_run_with_its_message(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    knowledge: Knowledge,
    recording: str,
    privilege: Privilege,
    said: str,
) -> None:
    with stubbed(tmp_path, "xcode-installed", "brew-version", recording) as here:
        run = told(monkeypatch, tmp_path, here, mac(knowledge, privilege), knowledge, NO_XSLT)
    assert run.report.outcome != "installed"
    assert said in run.report.reason
    assert run.report.applied == ()


def test_missing_homebrew_needs_a_person(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, knowledge: Knowledge
) -> None:
    with stubbed(tmp_path, "xcode-installed") as here:
        run = told(monkeypatch, tmp_path, here, mac(knowledge), knowledge, NO_XSLT)
    assert EXIT_OF_OUTCOME[run.report.outcome] == 4
    assert "Homebrew" in run.report.todo[0].summary
