"""The commands, from words to exit codes and documents."""

from __future__ import annotations

import errno
import gzip
import io
import json
import signal
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from buildfix import api
from buildfix.cli import run, tasks
from buildfix.core import Command, Host, InstallPackages, Plan, Report, events
from buildfix.render import Level
from tests.scoreboard.cases import CORPUS

LXML = CORPUS / "debian" / "lxml.be.log"


def document(capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    out: dict[str, Any] = json.loads(capsys.readouterr().out)
    return out


def test_explain_names_the_cause(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["explain", "--json", "--os", "debian:13", str(LXML)]) == 0
    told = document(capsys)
    assert told["schema"] == "buildfix.diagnosis/1"
    assert told["cause"] == {
        "kind": "dependency-missing",
        "subject": "libxml2",
        "line": 26,
        "text": "Error: Please make sure the libxml2 and libxslt development packages "
        "are installed.",
        "required": None,
        "confidence": 0.95,
        "by": "pattern",
    }
    assert told["alternatives"] == []
    assert (told["project"], told["phase"], told["failed"]) == ("lxml", "metadata", True)
    assert told["remedies"][-1]["packages"] == [
        "libxml2-dev",
        "build-essential",
        "python3-dev",
        "libxslt1-dev",
    ]


def test_explain_reads_gz_and_standard_input(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    packed = tmp_path / "a.log.gz"
    packed.write_bytes(gzip.compress(LXML.read_bytes()))
    assert run(["explain", str(packed)]) == 0
    assert "dependency-missing: libxml2" in capsys.readouterr().out
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(LXML.read_bytes())))
    assert run(["explain", "-"]) == 0
    assert "> " in capsys.readouterr().out


@pytest.mark.parametrize(
    ("log", "code"),
    [("Successfully installed x-1", 5), ("", 5), ("Failed to build x", 1)],
)
def test_explain_has_an_exit_code_for_each_end(tmp_path: Path, log: str, code: int) -> None:
    path = tmp_path / "a.log"
    path.write_text(log, encoding="utf-8")
    assert run(["explain", str(path)]) == code


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["explain", "/no/such.log"], "Cannot read /no/such.log: No such file"),
        (["explain", "No module named 'torch'"], "Name a file; `buildfix explain -` reads text."),
        (["explain", "--os", "mac", str(LXML)], "No recipe for system mac. Did you mean macos?"),
        (["explain", "--os", "plan9", str(LXML)], "No recipe for system plan9"),
        (["recipes", "show", "qqq"], "No recipe is named qqq or mentions it"),
        (["recipes", "check", "/no/folder"], "/no/folder does not exist"),
        (["recipes", "check", __file__], "is not a folder. Name a folder"),
        (["recipes", "show"], "Missing argument 'NAME'. See `buildfix recipes"),
        (["recipes", "show", "lxnl"], "mentions it. Did you mean lxml?"),
        (["-n", "lxml", "--os", "debain:13"], "system debain. Did you mean debian?"),
        (["recipes", "list", "qqq"], "No recipe matches qqq"),
        (["fix", "lxml=="], "'lxml==' is not a requirement"),
        (["--nonesuch", "lxml"], "No such option: --nonesuch. See `buildfix"),
        (["lxml", "--index-url", "u"], "--index-url is an option of pip. Put it after `--`, or"),
        (["--show-completion", "bash"], "--show-completion takes no value."),
        (["lxml", "--jobs", "few"], "'few' is not a positive integer or auto."),
        (["recipes", "nonesuch"], "See `buildfix recipes --help`."),
        (["lxml=="], "'lxml==' is not a requirement"),
    ],
)
def test_usage_error_is_one_line_with_exit_code_2(
    words: list[str], told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(words) == 2
    error = capsys.readouterr().err
    assert told in error
    assert error.startswith("buildfix: ")
    assert error.count("\n") == 1


def test_usage_error_is_json_for_scripts(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["fix", "--json", "lxml=="]) == 2
    told = document(capsys)
    assert (told["schema"], told["exit_code"]) == ("buildfix.error/1", 2)


@pytest.mark.parametrize("words", [["--nonesuch"], ["-n", "lxml", "--export", "sh"], ["wheels"]])
def test_words_that_make_no_command_are_a_document_too(
    words: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert run([*words, "--json"]) == 2
    told = document(capsys)
    assert (told["schema"], told["exit_code"]) == ("buildfix.error/1", 2)


def test_interrupt_is_reported_as_json_too(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def interrupt(*_: object) -> int:
        raise KeyboardInterrupt

    monkeypatch.setattr(tasks, "foretell_task", interrupt)
    assert run(["-n", "lxml", "--json"]) == 130
    told = document(capsys)
    assert (told["schema"], told["exit_code"]) == ("buildfix.error/1", 130)


def test_a_dry_run_says_that_a_read_only_system_takes_no_packages(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    step = InstallPackages("…", manager="dnf", packages=("gcc",), privileged=True)

    def plan(*_: object, host: Host, **__: object) -> Plan:
        return Plan(("x",), host, (step,), Command(("pip", "install", "x")))

    monkeypatch.setattr(api, "plan", plan)
    assert run(["-n", "--os", "silverblue:43", "x"]) == 3
    told = " ".join(capsys.readouterr().out.split())
    assert "Fedora Silverblue 43 is read-only" in told
    assert run(["-n", "--os", "fedora:43", "x"]) == 3
    assert "read-only" not in capsys.readouterr().out


def test_a_full_disk_is_no_fault_of_buildfix(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def refuse(*_: object) -> int:
        raise OSError(errno.ENOSPC, "No space left on device", "/state/attempt-1.log")

    monkeypatch.setattr(tasks, "fix_task", refuse)
    assert run(["lxml"]) == 1
    told = capsys.readouterr().err
    assert "/state/attempt-1.log: No space left on device" in told
    assert told.count("\n") == 1


def test_explain_redacts_credentials(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    log = tmp_path / "a.log"
    log.write_text(
        "Looking in indexes: https://joe:p@ssw0rd@index.example/simple\n"
        "ERROR: Could not find a version that satisfies the requirement x (from versions: none)\n"
        "ERROR: No matching distribution found for x @ https://joe:p@ssw0rd@index.example/x\n",
        encoding="utf-8",
    )
    assert run(["explain", "--json", str(log)]) == 0
    assert run(["explain", str(log)]) == 0
    shown = capsys.readouterr().out
    assert "https://****@index.example" in shown
    assert "ssw0rd" not in shown


@pytest.mark.parametrize(
    "line",
    [
        "OSError: https://joe:p@ssw0rd@index.example/x library not found",
        "fatal: Authentication failed for 'https://joe:p@ssw0rd@index.example/x.git/'",
        "ModuleNotFoundError: No module named 'https://joe:p@ssw0rd@index.example/x'",
    ],
)
def test_no_subject_shows_a_part_of_a_credential(line: str) -> None:
    told = repr(api.explain(line, host="debian:13"))
    assert "joe" not in told
    assert "ssw0rd" not in told


def test_internal_error_shows_no_traceback(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(*_: object) -> int:
        raise ZeroDivisionError("at https://me:hunter2@index.example/")

    monkeypatch.setattr("buildfix.cli.explain.explain_task", fail)
    monkeypatch.delenv("BUILDFIX_DEBUG", raising=False)
    assert run(["explain", str(LXML)]) == 1
    error = capsys.readouterr().err
    assert "internal error in buildfix (ZeroDivisionError: at https://****@index.example/)" in error
    assert error.count("\n") == 1


@pytest.mark.parametrize(
    ("system", "told"),
    [
        ("fedora:999", "No recipe for Fedora 999: us"),
        ("rocky:9.4", ""),
        ("fedora", ""),
        ("arch", ""),
    ],
)
def test_plan_for_an_unknown_release_says_so(
    system: str, told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["explain", "--json", "--os", system, str(LXML)]) == 0
    error = capsys.readouterr().err
    assert (error[: len(told)], error.count("\n")) == (told, int(bool(told)))


def test_recipes_check_names_files_that_are_not_read(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "mine.toml").touch()
    (tmp_path / "causes").mkdir()
    (tmp_path / "causes/mine.toml").touch()
    assert run(["recipes", "check", str(tmp_path)]) == 1
    told = capsys.readouterr().out
    assert f"{tmp_path}/mine.toml is not read: move it into the folder of its kind" in told
    assert "1 problem" in told


@pytest.mark.parametrize(
    ("words", "whole"), [((), False), (("--all",), True), (("-a",), True), (("causes",), True)]
)
def test_terminal_gets_all_recipes_only_if_asked_for(
    words: Sequence[str],
    whole: bool,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    monkeypatch.setenv("CI", "1")
    assert run(["recipes", "list", *words]) == 0
    shown = capfd.readouterr().out
    assert ("gcc-header" in shown) == whole
    assert ("recipes list --all" in shown) != whole


def test_recipes_are_listed_shown_and_checked(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["recipes", "list", "--json"]) == 0
    parts = document(capsys)
    assert "dep:virtual/compiler/c" in parts["capabilities"]
    assert all(list(part) == sorted(part) for name, part in parts.items() if name != "schema")
    assert run(["recipes", "list", "--json", "projects", "LXML"]) == 0
    some = document(capsys)
    assert (list(some["projects"]), some["systems"], some["causes"]) == (["lxml"], {}, {})
    assert run(["recipes", "list", "capabilities", "xml2"]) == 0
    assert "dep:generic/libxml2" in capsys.readouterr().out
    assert run(["recipes", "show", "uwsgi"]) == 0
    assert "uwsgi.toml" in capsys.readouterr().out
    assert run(["recipes", "show", "libxslt1-dev"]) == 0
    assert "debian" in capsys.readouterr().out.splitlines()[1]
    assert run(["recipes", "check"]) == 0


def test_help_and_usage_name_the_commands(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["--help"]) == 0
    assert "explain" in capsys.readouterr().out
    assert run(["--nonesuch", "lxml"]) == 2
    assert run(["wheels"]) == 2
    assert "Missing argument" in capsys.readouterr().err


def test_doctor_describes_this_host(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["doctor", "--json"]) == 0
    told = document(capsys)
    assert told["schema"] == "buildfix.host/1"
    assert told["interpreter"]["version"].startswith("3.")


WANTS = """
[build-system]
requires = []
build-backend = "backend"
backend-path = ["."]
[project]
name = "wants"
version = "1"
[external]
build-requires = ["dep:virtual/compiler/c"]
"""


def test_doctor_tells_what_another_host_lacks(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["doctor", "--os", "fedora:42"]) == 0
    said = capsys.readouterr().out
    assert said.startswith("Fedora 42 (x86_64, glibc 2.41), rights: root\n")
    assert "missing: dnf install gcc" in said
    assert "Ready to build: nothing" in said
    assert run(["doctor", "--os", "fedora:42", "--json"]) == 0
    file = tmp_path / "host.json"
    file.write_text(capsys.readouterr().out, encoding="utf-8")
    assert run(["doctor", "--host", str(file)]) == 0
    assert capsys.readouterr().out == said
    assert run(["doctor", "--os", "fedora", "--host", str(file)]) == 2


def test_doctor_reads_requirements_files(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "wants").mkdir()
    (tmp_path / "wants/pyproject.toml").write_text(WANTS, encoding="utf-8")
    file = tmp_path / "requirements.txt"
    file.write_text(f"{tmp_path / 'wants'}\n", encoding="utf-8")
    assert run(["doctor", "--os", "alpine:3.22", "-r", str(file)]) == 3
    said = capsys.readouterr().out
    assert "\nwants\n  ✗ C compiler" in said
    assert f"`buildfix -r {file}` performs these steps" in said
    assert run(["doctor", "-r", str(tmp_path / "no.txt")]) == 2


def test_explain_names_remedies_for_a_described_host(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["doctor", "--os", "alpine:3.22", "--json"]) == 0
    file = tmp_path / "host.json"
    file.write_text(capsys.readouterr().out, encoding="utf-8")
    assert run(["explain", "--host", str(file), str(LXML)]) == 0
    assert "libxml2-dev" in capsys.readouterr().out
    assert run(["explain", "--host", str(tmp_path / "none.json"), str(LXML)]) == 2


def test_doctor_tells_what_a_project_needs_and_what_to_do(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "pyproject.toml").write_text(WANTS, encoding="utf-8")
    lacks = run(["doctor", str(tmp_path)]) == 3
    said = capsys.readouterr().out
    assert f"\nwants\n  {'✗' if lacks else '✓'} C compiler" in said
    assert ("to do: " in said) == lacks
    assert (f"Everything needed to build {tmp_path} is installed" in said) != lacks


@pytest.mark.skipif(not hasattr(signal, "SIGHUP"), reason="Windows has no such signal")
@pytest.mark.parametrize(("before", "code"), [(signal.SIG_DFL, 130), (signal.SIG_IGN, 0)])
def test_a_terminal_that_goes_interrupts_unless_nohup_says_otherwise(
    before: signal.Handlers, code: int, capsys: pytest.CaptureFixture[str]
) -> None:
    handler = signal.signal(signal.SIGHUP, before)

    def hang_up() -> int:
        signal.raise_signal(signal.SIGHUP)
        return 0

    try:
        assert tasks.Screen(json=False, level=Level.LAST_LINE, color=False).guard(hang_up) == code
        told = "buildfix: Stopped by SIGHUP. Nothing was changed.\n"
        assert capsys.readouterr().err == (told if code else "")
    finally:
        signal.signal(signal.SIGHUP, handler)


def test_an_interrupt_of_the_report_does_not_say_that_nothing_was_changed(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    end = events.Finished(Report("installed", ("six",)))
    monkeypatch.setattr(tasks, "follow", lambda *_: end)
    monkeypatch.setattr(tasks, "_print_end", interrupt)
    assert run(["six", "--json"]) == 130
    told = document(capsys)["error"]
    assert told["code"] == "interrupted"
    assert "All changes were kept." in told["message"]
