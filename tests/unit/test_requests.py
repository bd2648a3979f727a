"""What a request names, and how what becomes of it is told."""

from __future__ import annotations

import io
from dataclasses import replace
from importlib.metadata import PathDistribution
from pathlib import Path

import pytest

from buildfix.cli import prompts
from buildfix.core import (
    Cause,
    Diagnosis,
    InstallPackages,
    Outcome,
    Pin,
    Plan,
    Proof,
    Report,
    Request,
    Step,
    events,
)
from buildfix.core.errors import PersonNeeded
from buildfix.forecast.requested import settings_of
from buildfix.installers import install_command
from buildfix.installers.requirements import projects_asked, tools_asked
from buildfix.render import Level, make_view, messages
from buildfix.render.closing import closing_line
from buildfix.render.plain import PlainView
from buildfix.target_scripts.distributions import modules_of
from buildfix.target_scripts.installed import listed
from tests.unit.machines import TRIXIE


@pytest.fixture
def files(tmp_path: Path) -> Request:
    (tmp_path / "a.txt").write_text(
        "-r b.txt\n-c c.txt\nPsutil ; python_version > '3'\nsix \\\n >1\n"
    )
    (tmp_path / "b.txt").write_text("requests[socks]>=2  # why\nx @ hg+https://hg.example/x\n")
    (tmp_path / "c.txt").write_text("idna==3\n")
    return Request(("lxml",), requirement_files=(str(tmp_path / "a.txt"),), from_source=True)


def test_from_source_holds_for_what_requirement_files_name(files: Request) -> None:
    assert projects_asked(files) == ("lxml", "requests", "x", "psutil", "six")
    assert TRIXIE.interpreter
    argv = install_command(files, TRIXIE.interpreter).argv
    assert argv[argv.index("--no-binary") + 1] == "lxml,requests,x,psutil,six"


def test_repository_url_needs_its_version_control_tool(files: Request) -> None:
    assert tools_asked(files) == ("hg",)
    assert tools_asked(Request(("git+ssh://h/x", "y @ svn+https://h/y"))) == ("git", "svn")
    assert tools_asked(Request(("https://files.example/git.tar.gz", "gitpython"))) == ()


def test_unknown_phase_is_not_shown() -> None:
    cause = Cause("network", "-", 1, "")
    told = [messages.cause_reference(Diagnosis(True, "six", one, cause)) for one in (None, "build")]
    assert told == ["in six [network]", "while building six [network]"]
    braces = Diagnosis(True, "six", "build", Cause("header-missing", "{config}.h", 1, ""))
    assert messages.cause_reference(braces) == "while building six [header-missing: {config}.h]"


@pytest.mark.parametrize(
    ("says", "expected"),
    [
        ("The header ffi.h is not installed.", "error: The header ffi.h is not installed."),
        ("", "error: ffi.h is missing [header-missing: ffi.h]"),
    ],
)
def test_diagnosis_begins_with_what_happened(says: str, expected: str) -> None:
    cause, other = Cause("header-missing", "ffi.h", 1, ""), Cause("library-missing", "pq", 2, "")
    diagnosis = Diagnosis(True, "cffi", "build", cause, also=(other,), says=says)
    shown = io.StringIO()
    make_view(shown, color=False, environ={}).diagnosis(diagnosis)
    first, second, *rest = shown.getvalue().splitlines()
    assert first == expected
    assert second == "    while building cffi [header-missing: ffi.h]"
    assert rest == ["    also: library pq is missing [library-missing: pq] (line 2)"]


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize("outcome", ["installed", "unfixed", "person-needed", "interrupted"])
def test_credentials_are_shown_in_no_ending(outcome: Outcome) -> None:
    report = Report(outcome, ("x @ https://joe:p@ss%2Fword@index.example/x.zip",))
    told = closing_line(report)
    assert "x @ https://****@index.example/x.zip" in told
    assert "ss%2Fword" not in told


def test_unverified_install_is_not_called_installed() -> None:
    """As with a marker that does not hold."""
    report = Report("installed", ("six",), interpreter="/v/bin/python")
    told = "Nothing to do: the environment markers of six exclude it on /v/bin/python."
    assert closing_line(report) == told
    proven = replace(report, proofs=(Proof("six", "1.0", None),))
    assert closing_line(proven).startswith("Installed six into /v/bin/python")


def test_of_a_line_that_is_written_over_the_last_is_shown() -> None:
    stream = io.StringIO()
    view = make_view(stream, level=Level.RAW, color=False, environ={})
    view.show(events.StepOutput("(Reading ... 5%\r(Reading ... 100%"))
    assert stream.getvalue().strip() == "(Reading ... 100%"


def test_plain_output_has_no_escape_sequences() -> None:
    stream = Terminal()
    view = make_view(stream, color=False, environ={"TERM": "xterm"})
    view.say("[now]")
    view.diagnosis(Diagnosis(True, "six", None, Cause("network", "-", 1, "")))
    assert "[now]" in stream.getvalue()
    assert "\x1b" not in stream.getvalue()


def test_what_follows_an_interrupt_begins_in_a_line_of_its_own(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    stdin = Terminal()

    def interrupted() -> str:
        raise KeyboardInterrupt

    monkeypatch.setattr(stdin, "readline", interrupted)
    monkeypatch.setattr("sys.stdin", stdin)
    assert TRIXIE.interpreter
    plan = Plan((), TRIXIE, (), install_command(Request(), TRIXIE.interpreter))
    screen = Terminal()
    view = make_view(io.StringIO(), color=False, environ={})
    with pytest.raises(KeyboardInterrupt):
        prompts.ask(plan, prompts.Asking(view, True, (screen,)))
    assert screen.getvalue().endswith("[y/N/d/e] \n")


@pytest.mark.parametrize(
    ("step", "told"),
    [
        (InstallPackages("Install gcc", packages=("gcc",)), "Use --yes to agree"),
        (Pin("Take x==1", names=("x==1",)), "Use --yes --allow-version-change to"),
    ],
)
def test_run_without_a_terminal_is_told_how_to_consent(
    step: Step, told: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO())
    assert TRIXIE.interpreter
    plan = Plan((), TRIXIE, (step,), install_command(Request(), TRIXIE.interpreter))
    with pytest.raises(PersonNeeded, match=told):
        prompts.ask(plan, prompts.Asking(PlainView(io.StringIO()), True, (Terminal(),)))


def test_what_setup_py_install_left_is_found_where_it_is(tmp_path: Path) -> None:
    """Pylibmc by pip 23.0 on Python 3.11: its sdist's list names a folder `src`."""
    folder = tmp_path / "pylibmc-1.6.3-py3.11.egg-info"
    folder.mkdir()
    (folder / "SOURCES.txt").write_text("setup.py\nsrc/pylibmc/__init__.py\n")
    (folder / "PKG-INFO").write_text("Name: pylibmc\nVersion: 1.6.3\n")
    (folder / "installed-files.txt").write_text("../pylibmc/__init__.py\nPKG-INFO\n../_m.so\n")
    told = listed(PathDistribution(folder))
    assert told == ["pylibmc/__init__.py", "egg-info/PKG-INFO", "_m.so"]


def test_setuptools_own_finder_is_no_module_of_a_project() -> None:
    found = modules_of(["__editable___mine_finder.py", "mine/__init__.py"])
    assert found == (["mine"], [])


def test_what_the_user_tells_build_backends_is_read_however_it_is_spelled() -> None:
    words = ("-Csetup-args=-Da=1", "-C", "b=2", "--config-settings=c=3", "--config-settings", "d=4")
    request = Request(("one",), installer_args=(*words, "--upgrade"))
    told = (("setup-args", "-Da=1"), ("b", "2"), ("c", "3"), ("d", "4"))
    assert settings_of(request, {}) == ((), told)
    words_of_all, _ = settings_of(Request(), {"CMAKE_ARGS": "-DA=1 '-DB=x y'"})
    assert words_of_all == (("CMAKE_ARGS", "-DA=1"), ("CMAKE_ARGS", "-DB=x y"))
    assert settings_of(Request(), {"CMAKE_ARGS": "-DA='"}) == ((), ())
