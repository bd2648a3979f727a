"""How lines are found that a pattern may match: none may be missed, few looked at in vain."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from buildfix.catalog import Knowledge, shipped_folder
from buildfix.diagnosis.logs.literals import alternatives, is_selective, literals_of
from buildfix.diagnosis.logs.margins import clean
from buildfix.diagnosis.logs.patterns import prepared, store
from buildfix.diagnosis.logs.prefilter import LiteralIndex, Prefilter
from buildfix.diagnosis.logs.rank import diagnose
from buildfix.diagnosis.logs.tolerance import plain, tolerant
from buildfix.diagnosis.validate_recipes import problems

KNOWLEDGE = Knowledge()
RECIPES = KNOWLEDGE.causes
HEADER = "a.c:1:10: fatal error: ffi.h: No such file or directory"
PATTERNS = [
    *(cause.after for cause in RECIPES.causes if cause.after),
    *(mark.pattern for mark in RECIPES.marks),
    *(noise.pattern for noise in RECIPES.noise),
    *(cause.pattern for cause in RECIPES.causes),
]
LINES = [
    line
    for examples in (
        *(cause.examples for cause in RECIPES.causes),
        *(mark.examples for mark in RECIPES.marks),
        *(noise.examples for noise in RECIPES.noise),
        *(boring.examples for boring in RECIPES.boring),
    )
    for example in examples
    for line in (*example.before, example.line, *example.after)
]


def found(sieve: Prefilter, lines: list[str]) -> dict[int, list[int]]:
    folded = [plain(line).lower() for line in lines]
    return {at: list(positions) for at, positions in sieve.telling(folded)}


def test_every_pattern_is_offered_the_lines_that_it_matches() -> None:
    lexicon = LiteralIndex(
        (one.pattern for one in PATTERNS), ["gcc -O2 -c a.c -o a.o", "copying file to build"]
    )
    lines = list(map(clean, LINES))
    offered = found(Prefilter(lexicon), lines)
    missed = [
        (lines[at], pattern.pattern)
        for position, pattern in enumerate(PATTERNS)
        if lexicon.knows(position)
        for at in range(len(lines))
        if tolerant(pattern.pattern).search(plain(lines[at]))
        and position not in offered.get(at, ())
    ]
    assert missed == []


@pytest.mark.parametrize(
    ("pattern", "line"),
    [
        (r"fatal error: \S+: No such", "x.c:1: fatal error: y.h: No such file"),
        (r" missing$", "the header is missing"),
        (r"Cannot find", "«Cannot find» it"),
        (r"LNK\d+", "LINK : fatal error LNK1104"),
        (r"エラー", "致命的なエラー:x"),
        (r"error: x", "an_error: x"),
        (r"\] bad \[", "[a] bad [b]"),
    ],
)
def test_words_are_known_wherever_they_stand(pattern: str, line: str) -> None:
    sieve = Prefilter(LiteralIndex([pattern], []))
    assert found(sieve, ["nothing here", line, ""]) == {1: [0]}


def test_texts_that_the_wheel_has_are_those_of_the_patterns(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "recipes"
    shutil.copytree(shipped_folder(), folder)
    store(Knowledge([folder]))
    for found_out in ("found_by", "_key"):
        monkeypatch.setattr(f"buildfix.diagnosis.logs.prefilter.{found_out}", None)
    _, stored = prepared(Knowledge([folder]))
    monkeypatch.undo()
    _, made = prepared(KNOWLEDGE)
    lines = list(map(clean, LINES))
    assert found(Prefilter(stored), lines) == found(Prefilter(made), lines)


@pytest.mark.parametrize("text", ["", "[]", '{"ordinary": 1, "found-by": {}}', '{"ordinary": 1}'])
def test_texts_of_another_wheel_are_not_used(tmp_path: Path, text: str) -> None:
    shutil.copytree(shipped_folder(), tmp_path / "recipes")
    Path(tmp_path, "recipes", "found-by.json").write_text(text)
    _, index = prepared(Knowledge([tmp_path / "recipes"]))
    assert found(Prefilter(index), [HEADER])[0]


def test_lines_of_other_words_are_not_looked_at() -> None:
    lines = ["gcc -c a.c", "Building wheel", "é ü ß", "no such luck", " \t"]
    assert list(Prefilter(LiteralIndex(["fatal error: "], [])).telling(lines)) == []


def test_words_that_are_forgotten_are_learned_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("buildfix.diagnosis.logs.prefilter._REMEMBERED", 10)
    monkeypatch.setattr("buildfix.diagnosis.logs.match._REMEMBERED", 2)
    monkeypatch.setattr("buildfix.diagnosis.logs.read._BLOCK", 100)
    text = "\n".join(f"word{at} is not like word{at + 1}\n{HEADER}" for at in range(50))
    diagnosis = diagnose([text], KNOWLEDGE)
    assert diagnosis.cause is not None
    assert (diagnosis.cause.subject, diagnosis.cause.line) == ("ffi.h", 2)


def test_texts_of_a_pattern_are_in_lower_case_and_without_quotes() -> None:
    assert literals_of("(?i)Fatal [Ee]rror") == {"fatal error"}
    assert literals_of("Cannot find 'x'") == {"cannot find "}


def test_every_alternative_of_a_pattern_has_its_literals() -> None:
    (sets,) = alternatives(r"^(?:foo|bars) in (?P<x>\w+)(?: or)? lost$")
    assert set(sets) == {frozenset({"foo in ", "bars in "}), frozenset({" lost"})}
    assert is_selective(frozenset({"foo", "bars"}))


@pytest.mark.parametrize(
    ("line", "met"),
    [
        ("x is absent", True),
        ("x is not set", True),
        ("x is not there, and found", True),
        ("x is not there", False),
        ("x was found", False),
    ],
)
def test_an_alternative_knows_what_belongs_together(line: str, met: bool) -> None:
    sieve = Prefilter(LiteralIndex([r"is (?:not .*(?:found|set)|absent)"], []))
    assert found(sieve, [line]).get(0, []) == [0] * met


def test_words_are_not_forgotten_in_the_middle_of_a_block(monkeypatch: pytest.MonkeyPatch) -> None:
    """A line that quotes others, or is broken, asks for new words while the block is read."""
    monkeypatch.setattr("buildfix.diagnosis.logs.prefilter._REMEMBERED", 10)
    quoted = "\\n".join(f"word{at} is not found" for at in range(9))
    text = f"{quoted}\nfatal errors are not like this\n{HEADER}"
    cause = diagnose([text], KNOWLEDGE).cause
    assert cause is not None
    assert cause.subject == "ffi.h"


@pytest.mark.parametrize("longest", [40, 100])
def test_a_line_is_broken_only_where_the_next_word_had_no_room(longest: int) -> None:
    head, tail = "src/module.c:1:10: fatal error: ffi.h: No such", "file or directory"
    cause = diagnose(["\n".join(("x" * longest, head, tail, "error: 1"))], KNOWLEDGE).cause
    assert (cause is not None and cause.subject == "ffi.h") is (longest == 40)


@pytest.mark.parametrize("margin", ["", "      ", "#12 3.456 "])
def test_what_is_around_a_message_tells_nothing_of_its_room(margin: str) -> None:
    """CMake breaks a message, but not the file's name above it, nor the calls below it."""
    lines = (
        f"CMake Error at /tmp/{'x' * 80}/CMakeLists.txt:33 (message):",
        "  By not providing a module of its own in the path this project has asked",
        '  CMake to find a package configuration file provided by "Torch".',
        "Call Stack (most recent call first):",
        f"  /tmp/{'x' * 80}/CMakeLists.txt:603 (include)",
        "-- Configuring incomplete, errors occurred!",
    )
    cause = diagnose(["\n".join(f"{margin}{line}" for line in lines)], KNOWLEDGE).cause
    assert str(cause) == "cmake-package-missing: Torch"


@pytest.mark.parametrize("gap", ["", "\n", "  \n\n"])
def test_boring_lines_do_not_shift_the_others(gap: str) -> None:
    """A boring line's pattern once ran over the blank ones after it."""
    log = f"15 | #include <ffi.h>\n   | \n{gap}{HEADER}\ncopying a -> b\n"
    cause = diagnose([log], KNOWLEDGE).cause
    assert cause is not None
    assert cause.text == HEADER
    assert cause.line == log.split("\n").index(HEADER) + 1


RECIPE = """
[[cause]]
name = "mine"
kind = "tool-missing"
pattern = '''^Windows: (?P<what>file|folder) absent$'''
subject = "{what}:{tool}"
after = '''^runs (?P<tool>\\S+) on (?P<what>\\S+)'''
within = 5
says = "It lacks {subject}."
examples = [
{ line = "Windows: file absent", before = ["runs make on x"], subject = "file:make", origin = "-" },
]
"""


def test_a_context_tells_what_the_line_does_not(tmp_path: Path) -> None:
    (tmp_path / "causes").mkdir()
    (tmp_path / "causes" / "a.toml").write_text(RECIPE, encoding="utf-8")
    knowledge = Knowledge([shipped_folder(), tmp_path])
    assert problems(knowledge) == []
    log = "runs old on a\nruns cmake on b\nwell\nWindows: folder absent\n"
    assert [str(one) for one in diagnose([log], knowledge).causes] == ["tool-missing: folder:cmake"]
    assert diagnose(["well\n" * 5 + "Windows: folder absent\n"], knowledge).cause is None
