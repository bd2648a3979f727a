"""Nothing from outside reaches a terminal as a terminal would obey it."""

from __future__ import annotations

import io
import json
import re
import sys
import unicodedata
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from buildfix.catalog import Knowledge
from buildfix.cli import run
from buildfix.cli.tasks import Screen
from buildfix.core import (
    Attempt,
    Cause,
    Command,
    Diagnosis,
    InstallPackages,
    Manual,
    MissingFeature,
    Need,
    Plan,
    Proof,
    Report,
    RunCommand,
    events,
)
from buildfix.core.errors import TargetError
from buildfix.core.printable import printable
from buildfix.diagnosis.logs.read import decoded
from buildfix.render.plain import PlainView
from buildfix.render.terminal import TerminalView
from buildfix.render.view import View
from tests.unit.machines import TRIXIE

CONTROLS = [
    chr(code)
    for code in range(0x110000)
    if unicodedata.category(chr(code)) in ("Cc", "Cf", "Cs", "Zl", "Zp")
    and chr(code) not in "\t\n"
    and (code < 0xE0000)
    and chr(code) not in "\u00ad\u0600\u0601\u0602\u0603\u0604\u0605\u06dd\u070f\u0890\u0891\u08e2"
    and not code > 0xFFFF
    and chr(code) != "\u180e"
]
"""All that Unicode calls controls, but marks of scripts, which show as what they are."""
SEQUENCES = [
    "\x1b\x1b[0m]0;title\x07",
    "\x1b]8;;https://evil.example\x1b\\click\x1b]8;;\x1b\\",
    "\x9b2J\x9d0;title\x9c",
    "\x1bP+q544e\x1b\\",
    "\x1b[\x1b[31m31m",
    "\x1bc\x1b(0",
    "abc\b\b\bdef\rghi",
]
EVIL = "a".join(CONTROLS) + "".join(SEQUENCES) + " [red]x[/red] [link=https://e.example]y :100:"
OWN_COLORS = re.compile(r"\x1b\[[0-9;]*m")


def raw_controls(text: str) -> set[str]:
    return set(text).intersection(CONTROLS)


def test_every_control_character_is_replaced() -> None:
    assert len(CONTROLS) > 2000
    assert raw_controls(printable(EVIL)) == set()
    assert printable("a\x1b[31mb\x1b[0m\tc\nd é 文 \U0001f600") == "ab\tc\nd é 文 \U0001f600"
    assert printable(SEQUENCES[0]) == "??]0;title?".replace("??", "?")
    assert printable(SEQUENCES[1]) == "click"
    assert printable(SEQUENCES[2]) == ""
    assert printable("line\r\n") == "line\n"


@given(st.text(alphabet=st.sampled_from([*"\x1b\x9b\x9d[]0;m\\\x07\x9cJP?\r\n\b a"])))
def test_nested_escape_sequences_are_removed(text: str) -> None:
    assert raw_controls(printable(text)) == set()


def all_events() -> Iterator[events.Event]:
    """Yield every event, each text of it hostile."""
    need = Need("header-missing", EVIL, EVIL)
    step = InstallPackages(EVIL, (need,), argv=("x", EVIL), packages=(EVIL,))
    cause = Cause("header-missing", EVIL, 3, EVIL)
    diagnosis = Diagnosis(
        True, EVIL, "build", cause, (cause,), ((3, EVIL),), EVIL, EVIL, (EVIL,), (cause,)
    )
    command = Command(("pip", EVIL))
    attempt = Attempt(command, EVIL, 1, 1.0, None, diagnosis)
    proof = Proof(EVIL, EVIL, EVIL, (EVIL,), (EVIL,))
    degraded = (MissingFeature(EVIL, EVIL), MissingFeature(EVIL, EVIL, packages=(EVIL,)))
    yield events.AttemptStarted(1, command, EVIL)
    yield events.LogLine(EVIL)
    yield events.AttemptFinished(attempt)
    yield events.AttemptStopped(1)
    yield events.CauseFound(diagnosis)
    yield events.SourceUnread(EVIL)
    yield events.PlanProposed(
        Plan((EVIL,), TRIXIE, (step,), command, (EVIL,), unmet=((need, EVIL),))
    )
    yield events.StepStarted(step, (EVIL,))
    yield events.StepOutput(EVIL)
    yield events.Waiting(EVIL)
    yield events.StepFinished(step, 1)
    yield events.Verified(proof)
    yield events.ImportFailed(EVIL, EVIL, cause)
    for outcome in ("installed", "unfixed", "person-needed", "interrupted"):
        yield events.Finished(
            Report(
                outcome,
                (EVIL,),
                (attempt,),
                (step,),
                (proof,),
                degraded,
                EVIL,
                (step, Manual(EVIL)),
                EVIL,
                (EVIL,),
            )
        )


def views(stream: io.StringIO) -> dict[str, View]:
    return {
        "plain": PlainView(stream),
        "terminal": TerminalView(stream, no_color=False, forced=True),
    }


@pytest.mark.parametrize("name", ["plain", "terminal"])
def test_no_view_prints_a_control_character(name: str) -> None:
    stream = io.StringIO()
    view = views(stream)[name]
    for event in all_events():
        view.show(event)
        if isinstance(event, events.PlanProposed):
            view.plan(event.plan, whole=True)
    view.rows(EVIL, [(EVIL, EVIL)])
    view.say(EVIL)
    shown = OWN_COLORS.sub("", stream.getvalue())
    assert len(shown) > 10_000
    assert raw_controls(shown) == set()
    if name == "plain":
        assert shown.count("[red]x[/red] [link=https://e.example]y :100:") > 30
    else:
        assert "[red]x[/red] [link=https://e.example]y :100:" in shown


def test_documents_and_exports_hold_no_control_character(
    capsys: pytest.CaptureFixture[str],
) -> None:
    screen = Screen(json=True, color=False)
    screen.document({"x": EVIL})
    shown = capsys.readouterr().out
    assert raw_controls(shown) == set()
    assert json.loads(shown) == {"x": EVIL}
    for form in ("sh", "dockerfile", "ansible"):
        screen = Screen(json=False, color=False, form=form)
        evil = EVIL.replace("\n", " ")  # what no line of a Dockerfile can hold is refused
        step = RunCommand(EVIL, argv=("x", evil), env=(("A", evil),))
        plan = Plan((EVIL,), TRIXIE, (step,), Command(("pip", evil)))
        screen.export(plan, Knowledge(), EVIL)
        assert raw_controls(capsys.readouterr().out) == set()


def test_errors_hold_no_control_character(capsys: pytest.CaptureFixture[str]) -> None:
    screen = Screen(json=False, color=False)

    def failing(error: Exception) -> int:
        raise error

    for error in (TargetError(EVIL), ValueError(EVIL), OSError(2, EVIL, EVIL)):
        assert screen.guard(lambda error=error: failing(error)) == 1  # type: ignore[misc]
        said = capsys.readouterr().err
        assert said.startswith("buildfix: ")
        assert raw_controls(said) == set()


@pytest.mark.parametrize(
    "words",
    [
        ["explain", "no\x1b]0;t\x07such.log"],
        ["recipes", "show", "x\x1b[2J"],
        ["--dry-run", "x\x1b[2J\x9b"],
        ["--no-such\x1b[31m\x07"],
        ["--recipes", "no\x1b[2Jfolder", "x"],
        ["-n", "--os", "x\x1b[2J", "y"],
        ["-n", "--python", "no\x1b[2Jpython", "y"],
    ],
)
def test_escape_sequences_of_a_log_are_not_sent_to_the_terminal(
    words: list[str], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "argv", ["buildfix", *words])
    assert run(words) != 0
    shown = capsys.readouterr()
    assert raw_controls(shown.out + shown.err) == set()


@pytest.mark.parametrize(
    ("data", "text"),
    [
        (b"\0" * 100 + b"error: a\n", "\0" * 100 + "error: a\n"),
        (b"a\0b\0\0c\0\0\0d" * 9, "a\0b\0\0c\0\0\0d" * 9),
        (b"\xff\xfeerror: in ASCII\n", "\ufffd\ufffderror: in ASCII\n"),
        (b"\xff\xfe", ""),
        (b"\xef\xbb\xbf", ""),
        (b"\xff\xfee\0r\0r\0", "err"),
        ("fehler: ü\n".encode("utf-16-le"), "fehler: ü\n"),
        ("fehler: ü\n".encode("utf-16-be"), "fehler: ü\n"),
        ("error: 文件 not found\n".encode("utf-16"), "error: 文件 not found\n"),
        ("error\n".encode("utf-32"), "error\n"),
        (b"e\0r\0r", "er\ufffd"),
        (b"a", "a"),
        (b"", ""),
    ],
)
def test_encodings_are_guessed_by_more_than_zero_bytes(data: bytes, text: str) -> None:
    assert "".join(decoded(io.BytesIO(data))) == text


def test_leading_zero_bytes_do_not_hide_the_cause(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    log = tmp_path / "build.log"
    line = b"a.c:1:10: fatal error: ffi.h: No such file or directory\nerror: exit status 1\n"
    log.write_bytes(b"\0" * 64 + line)
    assert run(["explain", str(log)]) == 0
    assert "ffi.h" in capsys.readouterr().out
