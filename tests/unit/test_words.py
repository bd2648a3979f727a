"""The words on the command line."""

from __future__ import annotations

import json

import pytest
import typer.main

from buildfix.catalog.command_words import command_words
from buildfix.cli import app, run, tasks
from buildfix.cli.arguments import Line, read_line, split_installer_args
from buildfix.cli.dropin import OwnOptions
from buildfix.core import Command, Request, events
from buildfix.core.errors import UsageError
from buildfix.core.spelling import edits
from buildfix.engine.journal import Journal
from buildfix.engine.journal_file import JOURNAL
from buildfix.engine.killed_run import killed_runs
from buildfix.machines.state_folders import runs_folder

COMMANDS = {"fix", "install", "explain", "doctor", "recipes", "wheels"}
OWN = OwnOptions(
    flags={"--yes", "-y", "--dry-run", "-n", "-q", "-v", "--json", "--no-color"},
    with_value={"--python", "-r", "--requirement", "-e", "--jobs"},
)


def line(*words: str) -> Line:
    return read_line(words, COMMANDS, OWN)


@pytest.mark.parametrize(
    ("typed", "arranged"),
    [
        (["lxml"], ["fix", "lxml"]),
        (["--yes", "lxml"], ["fix", "--yes", "lxml"]),
        (["fix", "lxml"], ["fix", "lxml"]),
        (["--yes", "fix", "lxml"], ["fix", "--yes", "lxml"]),
        (["--python", "fix", "lxml"], ["fix", "--python", "fix", "lxml"]),
        (["-r", "requirements.txt"], ["fix", "-r", "requirements.txt"]),
        (["explain", "-"], ["explain", "-"]),
        (["--help"], ["--help"]),
        (["lxml", "--help"], ["fix", "lxml", "--help"]),
        (["help"], ["--help"]),
        (["help", "explain"], ["explain", "--help"]),
        (["help", "pip"], ["install", "--help"]),
        (["version"], ["--version"]),
        (["pip", "install", "--help"], ["install", "--help"]),
        ([], []),
    ],
)
def test_unknown_word_is_taken_as_a_requirement(typed: list[str], arranged: list[str]) -> None:
    assert line(*typed) == Line(tuple(arranged))


def test_words_after_two_dashes_go_to_the_installer() -> None:
    assert split_installer_args(["lxml", "--", "--pre", "--", "-q"]) == (
        ["lxml"],
        ("--pre", "--", "-q"),
    )


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("doctr", "did you mean `buildfix doctor`?"),
        ("doctor lxml --jsn doctr", None),
        ("dcotor lxml", "did you mean `buildfix doctor lxml`?"),
        ("explian a.log", "did you mean `buildfix explain a.log`?"),
        ("xplaim a.log", "did you mean `buildfix explain a.log`?"),
        ("recipse list", "did you mean `buildfix recipes list`?"),
        ("Instal lxml", "did you mean `buildfix install lxml`?"),
        ("lxml isntall", "did you mean `buildfix install lxml`?"),
        ("verison", "did you mean `buildfix version`?"),
        ("uninstall lxml", "`python -m pip uninstall NAME` removes a project"),
        ("uninstal lxml", "did you mean uninstall?"),
        ("list", "`python -m pip list` lists what is installed"),
        ("download lxml", "`python -m pip download NAME`"),
        ("lxml doctor", "it is a command, and commands come first"),
        ("lxml help", "it is a command, and commands come first"),
        ("pip freeze", "buildfix only implements pip's `pip install`."),
        ("pip", "buildfix only implements pip's `pip install`."),
        ("help nonesuch", "Unknown command: nonesuch."),
    ],
)
def test_a_word_that_stands_for_a_command_is_no_project(typed: str, meant: str | None) -> None:
    if meant is None:
        assert line(*typed.split()).words[0] == "doctor"
        return
    with pytest.raises(UsageError) as raised:
        line(*typed.split())
    assert meant in str(raised.value)


@pytest.mark.parametrize(
    "typed", ["wheel", "installer", "six", "dictor", "doctr==1.9", "./doctr", "fixes", "unto"]
)
def test_project_name_is_not_taken_for_a_command(typed: str) -> None:
    assert line(typed) == Line(("fix", typed))


@pytest.mark.parametrize("name", ["doctr", "install", "pip", "help", "uninstall"])
def test_after_fix_every_name_is_a_project(name: str) -> None:
    assert line("fix", name) == Line(("fix", name))
    assert line("install", "-U", name) == Line(("fix", name), ("-U",))


@pytest.mark.parametrize("json_wanted", [True, False])
@pytest.mark.parametrize("word", ["doctr", "install", "list", "pip", "download"])
def test_mistyped_command_is_answered_without_the_index(
    word: str,
    json_wanted: bool,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    def refuse(*_: object) -> None:
        raise AssertionError("a process was started")

    monkeypatch.setattr("buildfix.machines.local.start_process", refuse)
    assert run([word, *(["--json"] if json_wanted else []), "--yes"]) == 2
    said = capsys.readouterr()
    if not json_wanted:
        assert (said.out, said.err.count("\n")) == ("", 1)
        return
    told = json.loads(said.out)
    assert (told["schema"], told["exit_code"]) == ("buildfix.error/1", 2)
    assert told["error"]["code"] == "usage"
    assert told["error"]["message"]
    assert told["error"]["hint"]


def test_mistyped_command_says_nothing_about_a_killed_run(
    capsys: pytest.CaptureFixture[str],
) -> None:
    journal = Journal(runs_folder() / "20261130-100000-1" / JOURNAL)
    journal.add(events.RunStarted(("lxml",), 1 << 30))
    journal.add(events.AttemptStarted(1, Command(("pip",)), ""))
    assert killed_runs(runs_folder())
    assert run(["install", "--yes"]) == 2
    assert "ended unexpectedly" not in capsys.readouterr().err


@pytest.mark.parametrize(
    ("typed", "own", "installer"),
    [
        ("lxml", "lxml", ""),
        ("-U lxml", "lxml", "-U"),
        (
            "lxml -r x.txt --index-url U --upgrade",
            "lxml -r x.txt",
            "--index-url U --upgrade",
        ),
        ("--index-url=U lxml", "lxml", "--index-url=U"),
        ("-i U -c c.txt --no-deps lxml", "lxml", "-i U -c c.txt --no-deps"),
        ("-iU -Ur x.txt", "-r x.txt", "-i U -U"),
        ("-qqUI lxml", "-q -q lxml", "-U -I"),
        ("-y --python /p lxml --no-binary :all:", "-y --python /p lxml", "--no-binary :all:"),
        ("--dry-run -vvv -e .", "--dry-run -v -v -v -e .", ""),
        ("-C--global-option=-x lxml", "lxml", "-C --global-option=-x"),
        ("-t -odd lxml", "lxml", "-t -odd"),
        ("lxml>=5 --hash", None, "No such option: --hash."),
        ("--upgrade-strat eager lxml", None, "No such option: --upgrade-strat."),
        ("lxml --index-url", None, "Option --index-url needs a value."),
        ("--group test", None, "buildfix does not support --group."),
    ],
)
@pytest.mark.parametrize("words", [["install"], ["pip", "install"]])
def test_pip_install_is_understood_in_its_own_words(
    words: list[str], typed: str, own: str | None, installer: str
) -> None:
    if own is None:
        with pytest.raises(UsageError, match=installer):
            line(*words, *typed.split())
        return
    read = line(*words, *typed.split(), "--", "--last")
    assert read.words == ("fix", *own.split())
    assert read.installer_args == (*installer.split(), "--last")


def test_buildfix_options_may_stand_before_pip_install() -> None:
    assert line("--yes", "--python", "/p", "pip", "install", "-U", "lxml") == Line(
        ("fix", "--yes", "--python", "/p", "lxml"), ("-U",)
    )


def test_options_of_pip_may_stand_before_its_command() -> None:
    assert line("pip", "-v", "--isolated", "install", "lxml") == Line(
        ("fix", "-v", "lxml"), ("--isolated",)
    )


def test_a_drop_in_makes_the_request_that_pip_would_get(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[Request] = []

    def note(request: Request, *_: object) -> int:
        asked.append(request)
        return 0

    monkeypatch.setattr(tasks, "fix_task", note)
    words = "pip install -U lxml==6 -r x.txt -e ./y --extra-index-url U -q --yes --jobs 3"
    assert run(words.split()) == 0
    request = asked[0]
    assert request.words == ("-r", "x.txt", "-e", "./y", "lxml==6")
    assert request.installer_args == ("-U", "--extra-index-url", "U")
    assert (request.unattended, request.jobs) == (True, 3)


def test_options_of_pip_and_of_buildfix_are_told_apart() -> None:
    fix = typer.main.get_command(app.app).commands["fix"]  # type: ignore[attr-defined]
    own = {name for one in fix.params for name in one.opts if name.startswith("-")}
    pip = command_words()
    assert not own & (pip.flags | pip.with_value | pip.unread)
    assert not pip.flags & pip.with_value


@pytest.mark.parametrize(
    ("one", "other", "count"),
    [
        ("doctor", "doctor", 0),
        ("doctr", "doctor", 1),
        ("dcotor", "doctor", 1),
        ("docktor", "doctor", 1),
        ("doktor", "doctor", 1),
        ("ca", "abc", 3),
        ("", "fix", 3),
        ("fix", "", 3),
    ],
)
def test_edit_distance_between_words_is_symmetric(one: str, other: str, count: int) -> None:
    assert edits(one, other) == edits(other, one) == count
