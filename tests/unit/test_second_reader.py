"""The model beside the patterns: when it is asked, what it may say, and that its file is sound."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest

from buildfix.catalog import Knowledge
from buildfix.core import Cause
from buildfix.core.errors import RecipeError
from buildfix.diagnosis import second_reader
from buildfix.diagnosis.learned.model import Model, Reading, load_model
from buildfix.diagnosis.logs.certainty import SURE, confirmed
from buildfix.diagnosis.logs.rank import diagnose
from buildfix.diagnosis.second_reader import read_log

SHIPPED = Knowledge()

# No recipe has these sentences; a person reads them at once.
UNSEEN = {
    "cmake: command not found by the build wizard\nmake: *** [all] Error 127": "cmake",
    "  swig: executable is nowhere to be seen": "swig",
}


def log_with(lines: str) -> str:
    return (
        "Building wheels for collected packages: demo\n"
        "  error: subprocess-exited-with-error\n"
        f"{lines}\n"
        "ERROR: Failed building wheel for demo\n"
        "Failed to build demo\n"
    )


def test_model_file_is_small_and_names_kinds_that_have_a_sentence() -> None:
    path = SHIPPED.model_file
    assert path is not None
    assert path.stat().st_size <= 2 << 20
    kinds = set(load_model(path).kinds)
    assert kinds - set(SHIPPED.reading_words) == {"unknown"}


def test_pattern_that_names_a_cause_is_not_overruled() -> None:
    log = log_with("demo.c:1:10: fatal error: ffi.h: No such file or directory")
    assert read_log([log], SHIPPED) == diagnose([log], SHIPPED)


def test_pattern_is_less_sure_where_the_model_sees_another_kind() -> None:
    cause = Cause("tool-missing", "git", 1, "", confidence=0.85)
    assert confirmed(cause, 0.9).confidence == 0.85
    assert confirmed(cause, 0.1).confidence < SURE
    certain = Cause("tool-missing", "git", 1, "", confidence=0.95)
    assert confirmed(certain, 0.1).confidence == 0.95
    assert confirmed(certain, 0.01).confidence < SURE


def test_of_two_causes_the_one_that_the_model_is_sure_of_is_named(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    log = log_with(
        "  ld: library not found for -lzorkmath\n"
        "  failure.\n"
        "  demo.c:2:10: fatal error: 'mpi.h' file not found\n"
        "  error: Cannot compile MPI programs. Check your configuration!!!"
    )
    first = diagnose([log], SHIPPED)
    assert str(first.cause) == "library-missing: zorkmath", first.also
    header = first.also[0]
    sure = Reading(header.line - 1, "header-missing", 9.0, 9.0)
    monkeypatch.setattr(Model, "readings", lambda *_: iter([sure]))
    monkeypatch.setattr(Model, "confidence", lambda *_: 0.95)
    read = read_log([log], SHIPPED)
    assert read.cause is not None
    assert read.cause.identity == header.identity
    assert read.cause.confidence < SURE
    assert "library-missing: zorkmath" in map(str, (*read.also, *read.alternatives))
    assert any("mpi.h" in line for _, line in read.excerpt)
    assert "mpi.h" in read.says


def test_log_without_a_failure_is_left_to_the_patterns() -> None:
    log = "Successfully installed demo-1.0\n"
    assert not read_log([log], SHIPPED).failed


def test_line_number_of_a_reading_is_right_at_the_end_of_a_long_log() -> None:
    noise = "  copying demo/part.py -> build/lib/demo\n" * 40_000
    log = noise + log_with("  Zork: quux was not acceptable, giving up on everything here")
    pieces = [log[at : at + 10_000] for at in range(0, len(log), 10_000)]
    diagnosis = read_log(pieces, SHIPPED)
    assert diagnosis.cause is not None
    shown = log.split("\n")[diagnosis.cause.line - 1]
    assert diagnosis.cause.text == shown.strip()


@pytest.mark.parametrize(("line", "subject"), UNSEEN.items())
def test_sentence_that_no_pattern_has_is_read_or_offered_as_a_reading(
    line: str, subject: str
) -> None:
    diagnosis = read_log([log_with(line)], SHIPPED)
    assert diagnosis.cause is not None
    read = (diagnosis.cause, *diagnosis.alternatives)
    assert ("tool-missing", subject, "model") in {(one.kind, one.subject, one.by) for one in read}
    named = diagnosis.cause.kind != "unknown" and diagnosis.cause.by == "model"
    assert diagnosis.says.startswith("Probably") is named


def test_file_that_is_no_model_is_a_recipe_error(tmp_path: Path) -> None:
    bad = tmp_path / "reader.bin"
    bad.write_bytes(b"no model")
    with pytest.raises(RecipeError, match="not a model"):
        load_model(bad)


def test_without_a_model_the_patterns_alone_answer(tmp_path: Path) -> None:
    knowledge = Knowledge([tmp_path])
    log = log_with("  Zork: quux was not acceptable")
    assert replace(read_log([log], knowledge)) == diagnose([log], knowledge)


def told_by(
    readings: Sequence[tuple[int, str, float]], lines: str, monkeypatch: pytest.MonkeyPatch
) -> str:
    """Return what is said if the model has these readings: a line's index, kind and confidence."""
    sure = {Reading(at, kind, 1.0, 1.0): confidence for at, kind, confidence in readings}
    model = SimpleNamespace(
        readings=lambda _: iter(sure), kinds_of=lambda *_: {}, confidence=lambda one, _: sure[one]
    )
    monkeypatch.setattr(second_reader, "load_model", lambda _: model)
    return str(read_log([log_with(lines)], SHIPPED).cause)


def test_reading_that_names_nothing_gives_way_to_the_next(monkeypatch: pytest.MonkeyPatch) -> None:
    nameless, named = (2, "header-missing", 0.9), (3, "tool-missing", 0.7)
    lines = "something is the matter here\nswig: executable is nowhere to be seen"
    assert told_by([nameless, named], lines, monkeypatch) == "tool-missing: swig"


@pytest.mark.parametrize(
    ("confidence", "cause"), [(0.9, "tool-missing: swig"), (0.6, "source-error: setup.py")]
)
def test_guess_of_a_pattern_gives_way_to_a_sure_reading_only(
    confidence: float, cause: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    lines = (
        "swig: executable is nowhere to be seen\n"
        'Traceback (most recent call last):\n  File "<string>", line 4, in <module>\n'
        "AssertionError"
    )
    assert told_by([(2, "tool-missing", confidence)], lines, monkeypatch) == cause


def test_reading_finds_its_subject_in_the_lines_before(monkeypatch: pytest.MonkeyPatch) -> None:
    lines = "fetching https://index.example/simple\nthe peer went away in the middle of it"
    said = told_by([(3, "network", 0.9)], lines, monkeypatch)
    assert said == "network: index.example"


def test_subject_from_the_vocabulary_is_trusted_and_one_from_prose_is_doubted() -> None:
    assert SHIPPED.model_file is not None
    model, reading = load_model(SHIPPED.model_file), Reading(0, "tool-missing", 9.0, 9.0)
    assert model.confidence(reading, "vocabulary") > SURE
    for source in ("word", "placed", "around", "none"):
        assert model.confidence(reading, source) < model.confidence(reading, "vocabulary")


def test_chance_below_the_bound_of_the_folds_is_no_certainty() -> None:
    assert SHIPPED.model_file is not None
    by = load_model(SHIPPED.model_file).calibration
    assert by["sure"] > SURE
    model = replace(load_model(SHIPPED.model_file), calibration={**by, "sure": 0.999999})
    assert model.confidence(Reading(0, "tool-missing", 9.0, 9.0), "vocabulary") < SURE


def test_doubtful_cause_of_a_pattern_is_shown_with_what_the_model_reads(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    lines = (
        "swig: executable is nowhere to be seen\n"
        'Traceback (most recent call last):\n  File "<string>", line 4, in <module>\n'
        "AssertionError"
    )
    sure = Reading(2, "tool-missing", 1.0, 1.0)
    monkeypatch.setattr(Model, "readings", lambda *_: iter([sure]))
    monkeypatch.setattr(Model, "confidence", lambda *_: 0.5)
    read = read_log([log_with(lines)], SHIPPED)
    assert (read.cause and read.cause.by, *map(str, read.alternatives)) == (
        "pattern",
        "tool-missing: swig",
    )
