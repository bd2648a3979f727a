"""The stubs themselves, and the shipped setups' probes against what the real programs print."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from buildfix.catalog import Knowledge
from buildfix.core import Probe
from tests.unit.recorded.stubs import UNEXPECTED, calls, read_plays, stub_path

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="stubs start by their first line")

RECORDINGS = Path(__file__).parent
TOUCHED = "/tmp/.com.apple.dt.CommandLineTools.installondemand.in-progress"


def run(argv: Sequence[str], environ: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        argv, env=environ, capture_output=True, encoding="utf-8", check=False, timeout=30
    )


def matches(probe: Probe, environ: Mapping[str, str]) -> list[re.Match[str]]:
    """Return where a probe's pattern is found in the lines of its command, if that succeeds."""
    done = run(probe.argv, environ)
    found = (re.search(probe.pattern, line) for line in done.stdout.splitlines())
    return [match for match in found if match and done.returncode == 0]


def recording(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "recording.toml"
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize("path", sorted(RECORDINGS.glob("*.toml")), ids=lambda path: path.stem)
def test_every_answer_says_where_it_was_seen(path: Path) -> None:
    plays = read_plays(path)
    assert plays
    assert [play for play in plays if not (play.argv and play.origin)] == []


def test_a_stub_answers_in_order_and_the_last_answer_stays(tmp_path: Path) -> None:
    environ = stub_path(tmp_path, RECORDINGS / "xcode-attended.toml")
    codes = [run(("xcode-select", "-p"), environ).returncode for _ in range(4)]
    assert codes == [2, 2, 0, 0]
    assert calls(tmp_path) == [("xcode-select", "-p")] * 4


def test_an_unrecorded_call_is_an_error_that_names_it(tmp_path: Path) -> None:
    environ = stub_path(tmp_path, RECORDINGS / "xcode-installed.toml")
    done = run(("xcode-select", "--reset"), environ)
    assert done.returncode == UNEXPECTED
    assert "--reset" in done.stderr
    assert calls(tmp_path) == [("xcode-select", "--reset")]


def test_recorded_answer_may_depend_on_a_file(tmp_path: Path) -> None:
    there = tmp_path / "there"
    play = '[[play]]\nargv = ["lister"]\norigin = "made up"\n'
    answers = f'{play}stdout = "one"\nexists = "{there}"\n{play}stdout = "none"\n'
    environ = stub_path(tmp_path, recording(tmp_path, answers))
    assert run(("lister",), environ).stdout == "none"
    there.touch()
    assert run(("lister",), environ).stdout == "one"


@pytest.mark.parametrize(
    ("system", "setup", "file", "there"),
    [
        ("macos", "xcode", "xcode-installed", True),
        ("macos", "xcode", "xcode-attended", False),
        ("macports", "xcode", "xcode-installed", True),
        ("macos", "homebrew", "brew-fresh", True),
        ("windows", "visual-studio", "vswhere-installed", True),
        ("windows", "visual-studio", "vswhere-none", False),
    ],
)
def test_setup_recognizes_its_presence(
    tmp_path: Path, system: str, setup: str, file: str, *, there: bool
) -> None:
    environ = stub_path(tmp_path, RECORDINGS / f"{file}.toml")
    present = Knowledge().hosts[system].setups[setup].present
    assert bool(matches(present, environ)) is there


@pytest.mark.parametrize("system", ["macos", "macports"])
def test_the_unattended_way_to_xcode_finds_its_label(tmp_path: Path, system: str) -> None:
    recorded = (RECORDINGS / "xcode-unattended.toml").read_text(encoding="utf-8")
    touched = tmp_path / "touched"
    environ = stub_path(tmp_path, recording(tmp_path, recorded.replace(TOUCHED, str(touched))))
    way = next(way for way in Knowledge().hosts[system].setups["xcode"].ways if way.discover)
    assert way.discover is not None
    assert way.touch == TOUCHED
    touched.touch()
    found = matches(way.discover, environ)[-1].groupdict()
    argv = [part.format(**found) for part in way.argv]
    assert run(argv, environ).stdout.splitlines()[-1] == "Done."
