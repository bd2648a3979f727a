"""The diagnoser: what wins, what does not count, and what it makes of logs as people have them."""

from __future__ import annotations

from fnmatch import fnmatchcase
from io import BytesIO

import pytest
from packaging.utils import canonicalize_name

from buildfix import explain
from buildfix.catalog import Knowledge
from buildfix.diagnosis.logs.literals import literals_of
from buildfix.diagnosis.logs.margins import clean
from buildfix.diagnosis.logs.rank import diagnose
from buildfix.diagnosis.logs.read import blocks, decoded
from tests.scoreboard.cases import Case, load_cases, score

KNOWLEDGE = Knowledge()
HEADER = "a.c:1:10: fatal error: ffi.h: No such file or directory"
CASES = list(load_cases())


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_each_log_of_the_corpus_is_diagnosed_as_labeled(case: Case) -> None:
    diagnosis = diagnose(decoded(BytesIO(case.data())), KNOWLEDGE)
    found = diagnosis.cause and (str(diagnosis.cause), diagnosis.cause.line)
    assert score(case, diagnosis).right, found
    assert {f"{cause.kind}:{cause.subject}" for cause in diagnosis.also} >= set(case.also)
    if case.project and diagnosis.project:
        assert canonicalize_name(diagnosis.project) == canonicalize_name(case.project)


def test_what_a_section_printed_before_it_ended_well_does_not_count() -> None:
    log = f"""Collecting good
Preparing metadata (pyproject.toml): started
{HEADER}
Preparing metadata (pyproject.toml): finished with status 'done'
Building wheel for good (pyproject.toml): started
b.c:1:10: fatal error: gmp.h: No such file or directory
Building wheel for good (pyproject.toml): finished with status 'error'
"""
    diagnosis = diagnose([log], KNOWLEDGE)
    assert (str(diagnosis.cause), diagnosis.also) == ("header-missing: gmp.h", ())
    assert (diagnosis.project, diagnosis.phase) == ("good", "build")


def test_lines_that_ansible_quotes_in_one_are_read() -> None:
    task = 'fatal: [db]: FAILED! => {"changed": false, "msg": "stdout: Collecting x\\n\\n'
    output = f"ERROR: Command errored out:\\n  running build_ext\\n  {HEADER}\\n  terminated\\n"
    cause = diagnose([f'TASK [x]\n{task}{output}"}}\n'], KNOWLEDGE).cause
    assert cause is not None
    assert (str(cause), cause.line) == ("header-missing: ffi.h", 2)


def test_pip_that_cannot_decode_what_it_wrote_is_too_old() -> None:
    log = """  File "C:\\v\\lib\\site-packages\\pip\\req.py", line 297, in egg_info_data
    data = fp.read()
UnicodeDecodeError: 'charmap' codec can't decode byte 0x9d in position 88
"""
    assert str(diagnose([log], KNOWLEDGE).cause) == "build-requirement-incompatible: pip"


def test_a_log_that_ends_well_has_no_failure() -> None:
    log = f"{HEADER}\nERROR: Failed building wheel for x\nSuccessfully installed x-1.0\n"
    assert diagnose([log], KNOWLEDGE).failed is False
    assert diagnose([""], KNOWLEDGE).failed is False


def test_a_failure_that_nobody_knows_is_unknown_and_shows_the_end() -> None:
    diagnosis = diagnose(["hm\nFailed to build x\nwell\n"], KNOWLEDGE)
    assert diagnosis.cause is not None
    assert (diagnosis.cause.kind, diagnosis.known) == ("unknown", False)


@pytest.mark.parametrize(
    "paste",
    [
        HEADER,
        "error: command 'gcc' failed with exit status 1",
        'Traceback (most recent call last):\n  File "setup.py", line 3\nRuntimeError: hm',
        "      [end of output]\n\n  note: This error originates from a subprocess",
        "make: *** [Makefile:3: all] Error 1",
    ],
)
def test_a_paste_that_ends_in_an_error_tells_of_a_failure(paste: str) -> None:
    assert diagnose([paste], KNOWLEDGE).failed


def test_an_error_after_which_much_went_well_tells_of_none() -> None:
    log = "-- error: no CUDA compiler, continuing without\n" + "-- Found it\n" * 6
    assert not diagnose([log], KNOWLEDGE).failed


@pytest.mark.parametrize(
    "error",
    [
        'Traceback (most recent call last):\n  File "x.py", line 1\nZorgError: hm',
        "Solving environment: / Killed",
        "./job.sh: line 57:  2511 Aborted                 (core dumped) python demo.py",
        "Error: Process completed with exit code 1.",
    ],
)
def test_what_stops_after_an_installation_is_a_failure_unless_the_next_one_is_well(
    error: str,
) -> None:
    rest = "\nat last\n" * 6
    log = f"Collecting x\nSuccessfully installed x-1.0\n$ python demo.py\n{error}{rest}"
    assert diagnose([log], KNOWLEDGE).failed
    assert not diagnose([f"{log}\nSuccessfully installed x-1.1\n"], KNOWLEDGE).failed


def test_a_probe_of_configure_may_be_killed() -> None:
    log = (
        "./configure: line 3301: 12345 Segmentation fault      (core dumped) ./conftest$ac_exeext\n"
        "no\nconfigure: creating ./config.status\n"
    )
    assert not diagnose([log], KNOWLEDGE).failed
    assert diagnose([log.replace("conftest", "demo")], KNOWLEDGE).failed


def test_an_error_in_a_section_that_ended_well_was_tolerated() -> None:
    log = (
        "Preparing metadata (setup.py): started\n"
        "Traceback (most recent call last):\nZorgError: hm\n"
        "Preparing metadata (setup.py): finished with status 'done'\n"
    )
    assert not diagnose([log], KNOWLEDGE).failed


@pytest.mark.parametrize(
    ("then", "cause"),
    [
        ("error: linker `link.exe` not found", "compiler-missing: msvc"),
        ("httpcore.ConnectError: [Errno -2] Name or service not known", "compiler-missing: rust"),
    ],
)
def test_what_a_tool_provides_itself_is_missing_only_if_that_fails(then: str, cause: str) -> None:
    log = f"Collecting x\nRust not found, installing into a temporary directory\n{then}\n"
    assert str(diagnose([log, "ERROR: Failed building wheel for x\n"], KNOWLEDGE).cause) == cause


@pytest.mark.parametrize(
    ("line", "cause"),
    [
        ("Error: pkg-config not found. Try installing it yourself.", "tool-missing: pkg-config"),
        ("Error: swig is not installed. Fix this by installing it.", "tool-missing: swig"),
        (
            "Cargo, the Rust package manager, is not installed or is not on PATH.\n"
            "error: cannot find Rust compiler",
            "compiler-missing: rust",
        ),
    ],
)
def test_what_a_person_is_to_install_was_missing(line: str, cause: str) -> None:
    log = f"Collecting x\n{line}\nERROR: Failed building wheel for x\n"
    found = diagnose([log], KNOWLEDGE).cause
    assert str(found) == cause
    assert found is not None
    assert found.line == 2


def test_what_a_build_does_without_is_not_its_cause() -> None:
    log = "Could not find a system OpenSSL, falling back to the bundled one\nZorgError: hm\n"
    diagnosis = diagnose([log, "ERROR: Failed building wheel for x\n"], KNOWLEDGE)
    assert diagnosis.cause is not None
    assert diagnosis.cause.subject != "openssl"


def test_last_lines_of_a_log_are_enough_to_diagnose_it() -> None:
    """People paste the end; where the cause stands in it, that is most often enough to name it."""
    last, named = 20, []
    for case in CASES:
        lines = "".join(decoded(BytesIO(case.data()))).rstrip("\n").split("\n")
        if case.causes and len(lines) > last and max(case.lines) > len(lines) - last:
            diagnosis = diagnose(["\n".join(lines[-last:])], KNOWLEDGE)
            assert diagnosis.failed, case.name
            name = f"{diagnosis.cause.kind}:{diagnosis.cause.subject}" if diagnosis.cause else ""
            named.append(any(fnmatchcase(name, right) for right in case.causes))
    assert sum(named) > 0.95 * len(named)


def test_a_hint_that_names_something_counts_before_one_that_does_not() -> None:
    log = "error: something went wrong\n" + "!!!!! cannot find ft2build.h\nFailed to build x\n"
    diagnosis = diagnose([log], KNOWLEDGE)
    assert str(diagnosis.cause) == "header-missing: ft2build.h"


def test_what_was_built_well_after_a_failure_does_not_undo_it() -> None:
    log = f"""{HEADER}
[end of output]
  Building wheel for future (setup.py) ... done
ERROR: Could not build wheels for cffi
"""
    assert str(diagnose([log], KNOWLEDGE).cause) == "header-missing: ffi.h"


def test_success_counts_from_the_beginning_of_a_cut_log() -> None:
    log = f"{HEADER}\nBuilding wheel for x (setup.py): finished with status 'done'\n"
    assert not diagnose([log], KNOWLEDGE).failed


def test_independent_causes_are_reported_together() -> None:
    log = f"{HEADER}\nb.c:1:1: fatal error: gmp.h: No such file or directory\n{HEADER}\n"
    diagnosis = diagnose([log], KNOWLEDGE)
    assert [str(cause) for cause in diagnosis.also] == ["header-missing: gmp.h"]


@pytest.mark.parametrize(
    "raw",
    [
        f"  │ {HEADER}",
        f"#12 34.56 {HEADER}",
        f"2024-05-01T12:00:00.1234567Z   {HEADER}",
        f"\x1b[01m\x1b[K{HEADER}\x1b[m\x1b[K",
        f"  1% |   |\r 50% |## |\r{HEADER}\r",
        f"> {HEADER}",
        f"12:34:56.789 {HEADER}",
        f"[   12s] {HEADER}",
        f"   [exec] {HEADER}",
        f"- #8 12.34 {HEADER}",
        f":: {HEADER}",
        f"pdm.termui: {HEADER}",
        f"[pipenv.exceptions.InstallError]: {HEADER}",
        f"[ResolutionFailure]:   {HEADER}",
        f"pillow> {HEADER}",
        f"[builder]     {HEADER}",
        f"Nov 21 04:12:34 PM  {HEADER}",
        f"remote:        {HEADER}",
        f"stderr: {HEADER}",
        f"E   {HEADER}",
        f"web_1  | {HEADER}",
        f"```{HEADER}```",
        f"**{HEADER}",
    ],
)
def test_margins_of_log_lines_are_removed(raw: str) -> None:
    cause = diagnose([raw], KNOWLEDGE).cause
    assert cause is not None
    assert cause.text.startswith("a.c:1:10: fatal error: ffi.h")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
def test_log_in_any_encoding_is_read(encoding: str) -> None:
    data = f"größe\r\n{HEADER}\r\n".encode(encoding)
    cause = diagnose(decoded(BytesIO(data)), KNOWLEDGE).cause
    assert cause is not None
    assert (cause.subject, cause.line) == ("ffi.h", 2)


def test_line_numbers_hold_over_any_cut_of_the_text() -> None:
    text = "x\n" * 70_000 + HEADER + "\n" + "y\n" * 50_000
    pieces = [text[at : at + 777] for at in range(0, len(text), 777)]
    cause = diagnose(pieces, KNOWLEDGE).cause
    assert cause is not None
    assert cause.line == 70_001


def test_the_lines_around_a_cause_are_shown_wherever_a_block_ends(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    text = "x\n" * 5 + HEADER + "\n" + "y\n" * 10
    shown = diagnose([text], KNOWLEDGE).excerpt
    monkeypatch.setattr("buildfix.diagnosis.logs.read._BLOCK", 20)
    pieces = [text[at : at + 7] for at in range(0, len(text), 7)]
    assert diagnose(pieces, KNOWLEDGE).excerpt == shown
    assert [number for number, _ in shown] == list(range(2, 11))


def test_a_cause_may_be_told_over_two_lines_and_by_what_was_said_before() -> None:
    torch = "The detected CUDA version (13.5) mismatches the version that was used to compile\n"
    cause = diagnose([torch, "PyTorch (10.2). Please make sure\n"], KNOWLEDGE).cause
    assert cause is not None
    assert cause.subject == "toolkit 13.5, torch 10.2"
    old = "Using pip 25.1.1 from /v/lib/python3.13/site-packages/pip (python 3.13)\n"
    use = "a.c:1:1: error: unknown type name ‘PyArena’\n"
    cause = diagnose([old, use], KNOWLEDGE).cause
    assert cause is not None
    assert (cause.kind, cause.subject) == ("python-unsupported", "3.13")


def test_interleaved_outputs_are_kept_apart() -> None:
    log = f"""#8 1.0 Building wheel for bad (pyproject.toml): started
#9 1.1 Building wheel for good (pyproject.toml): started
#8 1.2 {HEADER}
#9 1.3 Building wheel for good (pyproject.toml): finished with status 'done'
#8 1.4 Building wheel for bad (pyproject.toml): finished with status 'error'
"""
    diagnosis = diagnose([log], KNOWLEDGE)
    assert (str(diagnosis.cause), diagnosis.project) == ("header-missing: ffi.h", "bad")


def test_tolerated_failure_is_not_the_cause() -> None:
    probe = "_configtest.c:1:10: fatal error: xlocale.h: No such file or directory\n"
    assert str(diagnose([probe], KNOWLEDGE).cause) == "header-missing: xlocale.h"
    assert str(diagnose([probe, HEADER], KNOWLEDGE).cause) == "header-missing: ffi.h"
    optional = f"""building '_speed' extension
s.c:3:10: fatal error: mpfr.h: No such file or directory
warning: build_ext: building extension "_speed" failed: Command gcc
{HEADER}
"""
    diagnosis = diagnose([optional], KNOWLEDGE)
    assert (str(diagnosis.cause), diagnosis.also) == ("header-missing: ffi.h", ())


def test_a_huge_line_is_shortened_and_counted_as_one() -> None:
    text = "a" * 10_000_000 + "\n" + HEADER
    assert max(map(len, blocks([text[at : at + 65536] for at in range(0, len(text), 65536)])))
    cause = diagnose([text], KNOWLEDGE).cause
    assert cause is not None
    assert cause.line == 2
    assert len(clean("b" * 10_000_000)) < 5000


@pytest.mark.parametrize(
    ("pattern", "texts"),
    [
        (r"fatal error: (\S+): No such file", {": no such file"}),
        (r"(?:foo bar|bar foo): x", {"foo bar: x", "bar foo: x"}),
        (r"\d+\s*", {""}),
        (r"(?:optional text)?end", {"end"}),
        (r"error: (?P<a>linker|compiler) gone", {"error: linker gone", "error: compiler gone"}),
    ],
)
def test_literals_of_a_pattern_are_known(pattern: str, texts: set[str]) -> None:
    assert literals_of(pattern) == texts


def test_headers_of_one_library_are_one_cause() -> None:
    header = "b.c:1:1: fatal error: {}: No such file or directory\n"
    log = "".join(map(header.format, ("libxml/xpath.h", "libxml/tree.h", "gmp.h")))
    diagnosis = diagnose([log], KNOWLEDGE)
    assert str(diagnosis.cause) == "header-missing: libxml/xpath.h"
    assert list(map(str, diagnosis.also)) == ["header-missing: gmp.h"]


@pytest.mark.parametrize("margin", ["", "      ", "  │ "])
def test_an_error_of_the_source_is_shown_as_the_compiler_says_it(margin: str) -> None:
    lines = [
        "src/x.c:12:5: error: expected ';' before 'return'",
        "   12 |     return 1",
        "      |     ^~~~~~",
    ]
    diagnosis = diagnose(["\n".join(margin + line for line in lines)], KNOWLEDGE)
    assert diagnosis.says == "The compiler rejects src/x.c: expected ';' before 'return'."
    assert [text for _, text in diagnosis.excerpt] == lines


@pytest.mark.parametrize(
    ("log", "project", "shown"),
    [
        (
            "  ERROR: Command errored out with exit status 1:\n  command: python setup.py\n"
            '  CMake Error at a.cmake:12 (frob):\n    Unknown CMake command "frob".\n'
            "  ERROR: Failed building wheel for x\n",
            "x",
            "CMake Error at a.cmake:12 (frob):",
        ),
        (
            "Failed to build `x==1.0`\n  The build backend returned an error\n"
            "      FrobError: the moon is full\n",
            "x",
            "FrobError: the moon is full",
        ),
    ],
)
def test_an_unknown_cause_shows_the_line_that_matters(log: str, project: str, shown: str) -> None:
    diagnosis = diagnose([log], KNOWLEDGE)
    assert diagnosis.cause is not None
    assert (diagnosis.cause.kind, diagnosis.cause.text) == ("unknown", shown)
    assert diagnosis.project == project
    assert diagnosis.cause.confidence < 0.6


def test_further_readings_are_given_where_the_cause_is_not_sure() -> None:
    log = "x: bison was not found in PATH\nx: ft2build.h was not found\nx: gmp is not installed\n"
    diagnosis = diagnose([f"{log}x: libusb is not installed\nFailed to build x\n"], KNOWLEDGE)
    assert str(diagnosis.cause) == "tool-missing: bison"
    assert diagnosis.cause is not None
    assert diagnosis.cause.confidence < 0.6
    assert list(map(str, diagnosis.alternatives)) == [
        "header-missing: ft2build.h",
        "dependency-missing: gmp",
    ]
    sure = diagnose([f"{HEADER}\n{log}"], KNOWLEDGE)
    assert sure.cause is not None
    assert (sure.cause.confidence, sure.cause.by, sure.alternatives) == (0.95, "pattern", ())


@pytest.mark.parametrize(
    ("line", "told"),
    [
        (
            "/a.cpp:1:10: fatal error: 'vector' file not found",
            "The C++ compiler is missing, or incomplete: vector is part of it.",
        ),
        (
            "/usr/bin/ld: cannot find -lgcc: No such file or directory",
            "The C compiler is missing, or incomplete: gcc is part of it.",
        ),
        (
            "PermissionError: [WinError 32] The process cannot access the file because it is being "
            "used by another process",
            "A file is in use by another program.",
        ),
    ],
)
def test_sentence_names_what_is_missing_never_a_placeholder(line: str, told: str) -> None:
    assert explain(f"{line}\nERROR: Failed building wheel for x\n", host="debian:13").says == told


@pytest.mark.parametrize(
    ("tag", "system"),
    [("manylinux_2_12_x86_64.musllinux_1_1_x86_64", ""), ("musllinux_1_2_x86_64", "alpine")],
)
def test_a_wheel_for_both_c_libraries_does_not_tell_the_system(tag: str, system: str) -> None:
    wheel = f"  Downloading maturin-1.9-py3-none-{tag}.whl (9 MB)"
    log = f"{wheel}\na.c:1:10: fatal error: ffi.h: No such file\n"
    assert dict(diagnose([log], KNOWLEDGE).facts).get("system", "") == system
