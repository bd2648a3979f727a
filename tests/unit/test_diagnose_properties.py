"""What holds for the diagnosis of any text, and for real lines in any dress."""

from __future__ import annotations

from dataclasses import replace
from io import BytesIO
from itertools import pairwise
from unittest.mock import patch

import pytest
from hypothesis import HealthCheck, assume, example, given, settings
from hypothesis import strategies as st

from buildfix.catalog import Knowledge
from buildfix.catalog.schema import CausePattern, Example
from buildfix.core import CAUSE_KINDS, Diagnosis
from buildfix.diagnosis.logs.margins import clean, without_escapes
from buildfix.diagnosis.logs.rank import diagnose
from buildfix.diagnosis.logs.read import decoded

KNOWLEDGE = Knowledge()
quick = settings(
    max_examples=30, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck)
)

EXAMPLES: list[tuple[CausePattern, Example]] = [
    (cause, example) for cause in KNOWLEDGE.causes.causes for example in cause.examples
]
LINES = sorted(
    {line for _, one in EXAMPLES for line in (*one.before, one.line)}
    | {one.line for mark in KNOWLEDGE.causes.marks for one in mark.examples}
    | {one.line for noise in KNOWLEDGE.causes.noise for one in noise.examples}
)
MARGINS = (
    "  │ ",
    "    ",
    "#12 34.56 ",
    "2024-05-01T12:00:00.1234567Z ",
    "[2024-05-01 12:00:00,123] ",
    "> ",
    "\x1b[31m",
)
WELL = """Building wheel for good (pyproject.toml): started
a.c:1:10: fatal error: ffi.h: No such file or directory
Building wheel for good (pyproject.toml): finished with status 'done'
"""

words = st.sampled_from(LINES)
texts = st.lists(
    st.one_of(words, st.text(max_size=60), st.sampled_from(["", "\r", "\x1b[", "│"])), max_size=12
).map("\n".join)
real_logs = st.lists(words, min_size=1, max_size=12)


def of(text: str) -> Diagnosis:
    return diagnose([text], KNOWLEDGE)


def essence(diagnosis: Diagnosis) -> Diagnosis:
    """Return all of it that may not depend on the dress of the log."""
    causes = [replace(one, text=one.text.rstrip()) for one in diagnosis.causes]
    return replace(
        diagnosis,
        cause=causes[0] if diagnosis.cause else None,
        also=tuple(causes[1:]),
        excerpt=(),
    )


def cut_up(text: str, cuts: list[int]) -> list[str]:
    ends = sorted({min(cut, len(text)) for cut in cuts} | {0, len(text)})
    return [text[start:end] for start, end in pairwise(ends)]


def check_form(diagnosis: Diagnosis, text: str) -> None:
    lines = text.split("\n")
    assert (diagnosis.cause is not None) == diagnosis.failed
    for cause in diagnosis.causes:
        assert cause.kind in CAUSE_KINDS
        assert cause.subject
        assert 1 <= cause.line <= len(lines)
        assert cause.text == clean(without_escapes(lines[cause.line - 1]))
    for number, shown in diagnosis.excerpt:
        assert clean(shown) == clean(clean(without_escapes(lines[number - 1])))


@quick
@given(texts)
@example("Failed to build x\n")
@example("Failed to build x")
def test_any_text_is_diagnosed_without_error(text: str) -> None:
    check_form(of(text), text)


@quick
@given(st.binary(max_size=400) | st.lists(words, max_size=4).map(lambda x: "\n".join(x).encode()))
@example(b"\xff\xfe")
@example(b"\xff\xfe\x00")
@example(b"\x00\x00\xfe\xff\x00")
@example(b"\xef\xbb\xbfFailed to build x\xff")
def test_any_bytes_are_diagnosed_without_error(data: bytes) -> None:
    check_form(diagnose(decoded(BytesIO(data)), KNOWLEDGE), "".join(decoded(BytesIO(data))))


@quick
@given(texts, st.lists(st.integers(0, 500), max_size=8))
def test_pieces_of_a_text_do_not_change_the_diagnosis(text: str, cuts: list[int]) -> None:
    pieces = cut_up(text, cuts)
    assert diagnose(pieces, KNOWLEDGE) == of(text)


@quick
@given(texts, st.lists(st.integers(0, 500), max_size=8), st.integers(1, 200))
def test_block_ends_do_not_change_the_diagnosis(text: str, cuts: list[int], size: int) -> None:
    """All but the excerpt, which shows what follows the cause only within its block."""
    with patch("buildfix.diagnosis.logs.read._BLOCK", size):
        found = diagnose(cut_up(text, cuts), KNOWLEDGE)
    assert replace(found, excerpt=()) == replace(of(text), excerpt=())


@quick
@given(real_logs)
def test_line_endings_do_not_change_the_diagnosis(lines: list[str]) -> None:
    assume(not any("\r" in line for line in lines))
    assert essence(of("\r\n".join([*lines, ""]))) == essence(of("\n".join([*lines, ""])))


@quick
@given(real_logs, st.sampled_from(MARGINS))
def test_margin_before_each_line_does_not_change_the_diagnosis(
    lines: list[str], margin: str
) -> None:
    dressed = "\n".join(margin + line for line in lines)
    assert essence(of(dressed)) == essence(of("\n".join(lines)))


@quick
@given(real_logs, st.sampled_from(["utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32"]))
def test_encoding_does_not_change_the_diagnosis(lines: list[str], encoding: str) -> None:
    text = "\n".join(lines)
    assume(encoding not in ("utf-16-le", "utf-16-be") or _mostly_latin(text))
    assert diagnose(decoded(BytesIO(text.encode(encoding))), KNOWLEDGE) == of(text)


@quick
@given(real_logs)
def test_a_section_that_ended_well_changes_nothing(lines: list[str]) -> None:
    plain = of("\n".join(lines))
    assume(plain.known)
    ended = of("\n".join([*lines, WELL]))
    assert (ended.cause, ended.also) == (plain.cause, plain.also)


@quick
@given(real_logs, st.integers(1, 50))
def test_lines_before_only_move_the_cause(lines: list[str], count: int) -> None:
    plain, moved = of("\n".join(lines)), of("gcc -O2 -c a.c\n" * count + "\n".join(lines))
    assert [(one.identity, one.line + count) for one in plain.causes] == [
        (one.identity, one.line) for one in moved.causes
    ]


@pytest.mark.parametrize("margin", MARGINS)
def test_every_example_is_recognised_in_any_margin(margin: str) -> None:
    """All examples one by one, each by what it alone gives without a margin."""
    changed = [
        (cause.name, one.line)
        for cause, one in EXAMPLES
        for lines in ([*one.before, one.line],)
        if essence(of("\n".join(lines))) != essence(of("\n".join(margin + x for x in lines)))
    ]
    assert changed == []


def _mostly_latin(text: str) -> bool:
    """Say whether UTF-16 is to be told by its zero bytes."""
    return sum(ord(char) < 256 for char in text) > len(text) / 2
