"""Options of `fix` from the environment and from the user's configuration file."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from buildfix.cli import run, tasks
from buildfix.core import Request


class Asked:
    """What `fix` was asked to do, in place of doing it."""

    request: Request
    screen: tasks.Screen

    def __call__(self, request: Request, screen: tasks.Screen, *_: object) -> int:
        self.request, self.screen = request, screen
        return 0


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Asked:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    made = Asked()
    monkeypatch.setattr(tasks, "fix_task", made)
    monkeypatch.setattr(tasks, "foretell_task", made)
    return made


def write(folder: Path, text: str) -> None:
    (folder / "buildfix").mkdir()
    (folder / "buildfix" / "config.toml").write_text(text)


FILE = """
[fix]
yes = true
jobs = 3
installer = "uv"
requirement = ["a b.txt", "c.txt"]
max-rounds = 4
"""


def test_file_sets_options_by_their_names(asked: Asked, tmp_path: Path) -> None:
    write(tmp_path, FILE)
    assert run(["lxml"]) == 0
    request = asked.request
    assert (request.unattended, request.jobs, request.installer) == (True, 3, "uv")
    assert (request.requirement_files, request.max_rounds) == (("a b.txt", "c.txt"), 4)


def test_command_line_wins_then_environment_then_file(
    asked: Asked, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path, FILE)
    monkeypatch.setenv("BUILDFIX_JOBS", "5")
    monkeypatch.setenv("BUILDFIX_YES", "false")
    monkeypatch.setenv("BUILDFIX_MAX_ROUNDS", "6")
    assert run(["lxml", "--jobs", "7"]) == 0
    request = asked.request
    assert (request.jobs, request.unattended, request.max_rounds) == (7, False, 6)


def test_repeated_option_is_separated_by_white_space_in_a_variable(
    asked: Asked, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BUILDFIX_REQUIREMENT", "a.txt\nb.txt c.txt")
    monkeypatch.setenv("BUILDFIX_FILES", "of an export")
    assert run(["lxml"]) == 0
    assert asked.request.requirement_files == ("a.txt", "b.txt", "c.txt")


def test_dry_run_and_json_can_be_set_by_variables(
    asked: Asked, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BUILDFIX_JSON", "1")
    monkeypatch.setenv("BUILDFIX_ALLOW_VERSION_CHANGE", "yes")
    assert run(["fix", "lxml"]) == 0
    assert asked.screen.json
    assert asked.request.allow_version_change


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("[fix]\nyess = true", "[fix] has an unknown key: 'yess'. Did you mean yes?"),
        ("[fix]\nmax_rounds = 3", "Did you mean max-rounds?"),
        ("[fux]\n", "unknown table or key: 'fux'. Did you mean fix?"),
        ("yes = true", "config.toml: yes must be under [fix]."),
        ('[fix]\njobs = "few"', "is not a positive integer or auto (from "),
        ("fix = 3", "fix must be a table."),
        ("[fix]\nyes = 1", "[fix] yes must be true or false."),
        ('[fix]\nrequirement = "a.txt"', "[fix] requirement must be a list of strings."),
        ("[fix]\njobs = true", "[fix] jobs must be a string or a number."),
        ('[fix]\ninstaller = "conda"', "config.toml)"),
        ("[fix", "is not TOML: "),
    ],
)
def test_mistake_in_the_file_is_one_line_with_exit_code_2(
    text: str, told: str, asked: Asked, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write(tmp_path, text)
    assert run(["lxml"]) == 2
    error = capsys.readouterr().err
    assert told in error
    assert error.count("\n") == 1
    assert "config.toml" in error
    assert not hasattr(asked, "request")
    assert run(["lxml", "--json"]) == 2
    document: dict[str, Any] = json.loads(capsys.readouterr().out)
    assert (document["error"]["code"], document["exit_code"]) == ("usage", 2)


def test_invalid_variable_is_named(
    asked: Asked, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("BUILDFIX_CLEAN", "maybe")
    assert run(["lxml"]) == 2
    assert "(from BUILDFIX_CLEAN)" in capsys.readouterr().err
    assert not hasattr(asked, "request")


def test_file_is_read_for_fix_only(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    write(tmp_path, "[fix")
    assert run(["recipes", "show", "lxml"]) == 0
    capsys.readouterr()


@pytest.mark.parametrize(
    "command", [["fix"], ["explain"], ["doctor"], ["wheels"], ["recipes", "list"]]
)
def test_every_help_page_has_examples(
    command: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert run([*command, "--help"]) == 0
    assert (
        f"$ buildfix {'' if command == ['fix'] else ' '.join(command)}" in capsys.readouterr().out
    )


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["fix", "--jsn", "lxml"], "No such option: --jsn. Did you mean --json?"),
        (["recipes", "chek"], "Did you mean 'check'? See `buildfix recipes"),
        (["recipes", "check", "/no/folder"], "Name a folder with recipes."),
    ],
)
def test_hints_name_what_exists(
    words: list[str], told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(words) == 2
    assert told in capsys.readouterr().err


def test_short_option_shows_the_version(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["-V"]) == 0
    assert capsys.readouterr().out.startswith("buildfix ")
