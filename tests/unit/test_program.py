"""Hints name the program as it was started."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from buildfix.core.program import STARTED_AS, own_command, started_as


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the current folder, with programs of which PATH leads to `python3` and `bin/`."""
    for name in (
        "bin/buildfix",
        "bin/python3",
        "own/buildfix",
        "buildfix.pyz",
        "plain/buildfix.pyz",
    ):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.touch(0o644 if "plain" in name else 0o755)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    monkeypatch.delenv("UV", raising=False)
    return tmp_path


@pytest.mark.skipif(os.name == "nt", reason="the programs are marked as executable")
@pytest.mark.parametrize(
    ("line", "program"),
    [
        ("{0}/bin/python3 {0}/bin/buildfix lxml", "buildfix"),
        ("{0}/bin/python3 {0}/own/buildfix lxml", "{0}/own/buildfix"),
        ("{0}/bin/python3 -m buildfix lxml", "python3 -m buildfix"),
        ("{0}/v/bin/python -m buildfix lxml", "{0}/v/bin/python -m buildfix"),
        ("{0}/bin/python3 ./buildfix.pyz lxml", "./buildfix.pyz"),
        ("python3 buildfix.pyz lxml", "./buildfix.pyz"),
        ("python3 plain/buildfix.pyz lxml", "python3 plain/buildfix.pyz"),
        ("python3 -m pytest lxml", "buildfix"),
        ("python3 -c x", "buildfix"),
        ("python3 x", "buildfix"),
    ],
)
def test_program_is_named_as_it_was_started(folder: Path, line: str, program: str) -> None:
    assert started_as(line.format(folder).split(), 1) == program.format(folder)


@pytest.mark.skipif(os.name == "nt", reason="the programs are marked as executable")
def test_path_of_one_process_of_uv_is_not_relied_on(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("UV", "/usr/bin/uv")
    argv = ("python3", f"{folder}/bin/buildfix")
    assert started_as(argv, 0) == f"{folder}/bin/buildfix"


def test_hints_of_another_machine_name_the_command_of_this_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert own_command("undo") == "buildfix undo"
    monkeypatch.setenv(STARTED_AS, "buildfix --on ssh://host")
    assert own_command("undo") == "buildfix --on ssh://host undo"
