"""The status line, drawn by its thread on a stream that records."""

from __future__ import annotations

import time

import pytest

from buildfix.machines.status_line import StatusLine, can_show, fitted, wanted_on


def waited(parts: list[str], text: str) -> bool:
    deadline = time.monotonic() + 5
    while time.monotonic() < deadline:
        if any(text in part for part in parts):
            return True
        time.sleep(0.01)
    return False


def test_it_is_drawn_where_a_line_begins_and_erased_before_a_text() -> None:
    parts: list[str] = []
    status = StatusLine(parts.append, lambda: 40, "utf-8")
    status.show(lambda _: "Resolving lxml")
    assert waited(parts, "⠋ Resolving lxml")
    with status.making_way("Proceed? "):
        assert parts[-1] == "\r\x1b[K"
        parts.clear()
    time.sleep(0.3)
    assert parts == []
    status.line_ended()  # by what was typed
    assert waited(parts, "Resolving lxml")
    status.hide()
    assert parts[-1] == "\r\x1b[K"
    parts.clear()
    time.sleep(0.3)
    assert parts == []


def test_a_terminal_without_unicode_gets_plain_frames() -> None:
    parts: list[str] = []
    status = StatusLine(parts.append, lambda: 40, "ascii")
    status.show(lambda _: "x")
    assert waited(parts, "| x")
    status.hide()


def test_a_long_text_is_cut_between_words() -> None:
    assert fitted("Resolving one two three", 18) == "Resolving one …"
    assert fitted("short", 18) == "short"


@pytest.mark.parametrize(
    ("environ", "shown"),
    [
        ({"TERM": "xterm"}, True),
        ({"TERM": "xterm", "NO_COLOR": "1"}, True),
        ({"TERM": "dumb"}, False),
        ({"TERM": "xterm", "CI": "1"}, False),
        ({}, False),
    ],
)
def test_it_is_shown_where_somebody_watches(environ: dict[str, str], shown: bool) -> None:
    assert can_show(environ) == shown


@pytest.mark.parametrize(
    ("words", "stream"),
    [
        (["lxml"], 1),
        (["lxml", "--json"], 2),
        (["-n", "lxml", "--export=sh"], 2),
        (["-q", "lxml"], None),
        (["--help"], None),
        ([], None),
    ],
)
def test_it_is_on_the_stream_for_people(words: list[str], stream: int | None) -> None:
    assert wanted_on(words) == stream
