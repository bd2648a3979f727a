"""Where a run keeps what is its own, on machines that have no room or no home for it."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from buildfix.engine.attempt_log import AttemptLog
from buildfix.engine.temporary_folders import temporary_folder
from buildfix.machines.local import LocalMachine
from buildfix.machines.state_folders import log_folder, settle
from buildfix.platforms.interpreter import find_interpreter
from tests.unit.machines import Answer, Recorded, interpreter_facts

FULL = Path("/dev/full")
linux = pytest.mark.skipif(not FULL.exists(), reason="needs Linux' /dev/full")


@pytest.fixture(autouse=True)
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    place = tmp_path / "temporary"
    place.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(place))
    return place


@linux
def test_a_log_whose_disk_is_full_goes_on_elsewhere(tmp_path: Path, temporary: Path) -> None:
    place = tmp_path / "attempt-1.log"
    place.symlink_to(FULL)
    log = AttemptLog(place)
    log.write("first")
    log.write("second")
    log.close()
    assert log.path.is_relative_to(temporary)
    assert log.path.read_text() == "first\nsecond\n"
    assert "No space left on device" in log.note
    assert str(log.path) in log.note


@linux
def test_build_goes_on_when_its_log_cannot_be_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = tmp_path / "attempt-1.log"
    place.symlink_to(FULL)
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "nowhere"))
    log = AttemptLog(place)
    log.write("first")
    log.write("second")
    log.close()
    assert log.path == Path(os.devnull)
    assert "not saved" in log.note


def test_every_line_of_a_log_is_in_its_file_at_once(tmp_path: Path) -> None:
    log = AttemptLog(tmp_path / "deep/attempt-1.log")
    log.write("first \udcff")
    assert log.path.read_text(encoding="utf-8") == "first \\udcff\n"
    log.close()


@linux
def test_logs_go_elsewhere_without_a_usable_state_folder(
    tmp_path: Path,
    temporary: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    (tmp_path / "state").write_text("a file")
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    folder = log_folder()
    assert folder.is_relative_to(temporary)
    assert f"writing to {folder} instead" in capsys.readouterr().err


@pytest.mark.skipif(os.name != "posix", reason="of the password database")
def test_a_user_without_a_home_gets_one_that_is_theirs_alone(
    temporary: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("HOME")
    monkeypatch.setattr("os.path.expanduser", lambda path: path)
    settle()
    home = Path(os.environ["HOME"])
    assert home.parent == temporary
    assert home.stat().st_mode & 0o777 == 0o700
    assert f"{home} instead." in capsys.readouterr().err
    home.chmod(0o777)  # as somebody else might have made it beforehand
    settle()
    assert Path(os.environ["HOME"]) != home


def test_temporary_files_of_an_installer_are_removed(temporary: Path) -> None:
    script = (
        "import os, pathlib, tempfile\n"
        "place = pathlib.Path(tempfile.mkdtemp(prefix='pip-build-env-'), 'deep')\n"
        "place.mkdir()\n(place / 'file').touch()\nplace.chmod(0o500)\nprint(tempfile.gettempdir())"
    )
    with temporary_folder(()) as variables:
        said = LocalMachine().run([sys.executable, "-c", script], variables).stdout.strip()
        assert Path(said).parent == temporary
    assert list(temporary.iterdir()) == []
    with temporary_folder((("TMPDIR", "/the/users/own"),)) as variables:
        assert variables == ()


def test_the_environment_that_buildfix_runs_from_is_no_target_unless_it_is_active(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own, other = str(tmp_path / "own/bin/python3"), str(tmp_path / "other/bin/python3")
    monkeypatch.setattr("sys.prefix", str(tmp_path / "own"))
    monkeypatch.setattr("sys.base_prefix", "/usr")
    environ = {"PATH": f"{tmp_path}/own/bin:{tmp_path}/other/bin"}
    on_path = {own: own, other: other, str(Path(own).with_name("python")): own}
    facts: dict[str, list[Answer]] = {"__main__.py": [interpreter_facts()]}
    found = find_interpreter(Recorded(facts, environ=environ, on_path=on_path), None)
    assert found.path == other
    active = {**environ, "VIRTUAL_ENV": str(tmp_path / "own")}
    found = find_interpreter(Recorded(facts, environ=active, on_path=on_path), None)
    assert found.path == own
