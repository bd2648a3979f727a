"""Consent is given to what is shown, on a terminal."""

from __future__ import annotations

import io
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pexpect
import pytest

from buildfix.cli.prompts import Asking, ask
from buildfix.core import Command, InstallPackages, Plan
from buildfix.core.errors import PersonNeeded
from buildfix.render.plain import PlainView
from tests.unit.machines import TRIXIE

SOURCE = Path(__file__).parents[2]
PLAN = Plan(("x",), TRIXIE, (InstallPackages("Install a"),), Command(("pip", "install", "x")))
PROGRAM = f"""
import sys, time
sys.path[:0] = [{str(SOURCE / "src")!r}, {str(SOURCE)!r}]
from buildfix.cli.prompts import Asking, ask
from buildfix.render.plain import PlainView
from tests.processes.test_consent import PLAN
print("ready", flush=True)
time.sleep(0.5)
seen = sys.stdout.isatty()
if seen:
    PlainView(sys.stdout).plan(PLAN)
try:
    agreed = ask(PLAN, Asking(PlainView(sys.stdout), seen, (sys.stderr, sys.stdout)))
    print(f"agreed={{agreed}}", file=sys.stderr)
except KeyboardInterrupt:
    print("interrupted", file=sys.stderr)
"""
QUESTION = r"Proceed\? \[y/N/d/e\] "

Terminal = Callable[..., "pexpect.spawn[str]"]


@pytest.fixture
def terminal() -> Iterator[Terminal]:
    """Run the program on a terminal; what still runs afterwards is ended."""
    children: list[pexpect.spawn[str]] = []

    def start(redirect: str = "") -> pexpect.spawn[str]:
        words = ["-c", f'exec "$0" -c "$1" {redirect}', sys.executable, PROGRAM]
        children.append(pexpect.spawn("/bin/sh", words, encoding="utf-8", timeout=60))
        return children[-1]

    yield start
    for child in children:
        child.close(force=True)


def test_what_was_typed_before_the_question_is_no_answer(terminal: Terminal) -> None:
    child = terminal()
    child.expect("ready")
    child.sendline("y")
    child.expect(QUESTION)
    assert child.expect([r"agreed=\w+", pexpect.TIMEOUT], timeout=2) == 1
    child.sendline("n")
    assert child.expect(["agreed=False", "agreed=True"]) == 0


@pytest.mark.parametrize(
    ("keys", "end"),
    [
        ("y\n", "agreed=True"),
        ("YES\n", "agreed=True"),
        ("n\n", "agreed=False"),
        ("\n", "agreed=False"),
        ("\x04", "agreed=False"),
        ("\x03", "interrupted"),
    ],
)
def test_each_answer_key_gives_its_consent(terminal: Terminal, keys: str, end: str) -> None:
    child = terminal()
    child.expect(QUESTION)
    child.send(keys)
    others = {"agreed=True", "agreed=False", "interrupted"} - {end}
    assert child.expect([end, *sorted(others)]) == 0


def test_unknown_key_is_reported_and_details_can_be_shown(terminal: Terminal) -> None:
    child = terminal()
    child.expect(QUESTION)
    child.sendline("x")
    child.expect("Please type y \\(yes\\), n \\(no\\), d \\(details\\) or e")
    child.expect(QUESTION)
    child.sendline("d")
    child.expect(r"\+ Install a")
    child.expect(QUESTION)
    child.sendline("y")
    assert child.expect(["agreed=True", "agreed=False"]) == 0


def test_a_plan_that_went_to_a_file_is_shown_where_the_question_is(
    terminal: Terminal, tmp_path: Path
) -> None:
    child = terminal(f"> {tmp_path / 'out'}")
    child.expect(r"\+ Install a")
    child.expect(QUESTION)
    child.sendline("n")
    assert child.expect(["agreed=False", "agreed=True"]) == 0


def test_a_question_that_nobody_would_see_goes_to_the_other_stream(
    terminal: Terminal, tmp_path: Path
) -> None:
    errors = tmp_path / "errors"
    child = terminal(f"2> {errors}")
    child.expect(QUESTION)
    child.sendline("y")
    child.expect(pexpect.EOF)
    assert errors.read_text(encoding="utf-8") == "agreed=True\n"


def test_without_a_terminal_there_is_nobody_to_ask() -> None:
    stream = io.StringIO()
    with pytest.raises(PersonNeeded, match="there is no terminal to ask on"):
        ask(PLAN, Asking(PlainView(stream), False, (stream,)))
