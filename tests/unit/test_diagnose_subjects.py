"""The form of a subject: the contract's, whatever the log writes."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from buildfix.catalog import Knowledge
from buildfix.catalog.readings import ReadingWords, SubjectPattern
from buildfix.catalog.stored import LazyPattern
from buildfix.diagnosis.logs.rank import diagnose
from buildfix.diagnosis.logs.subjects import spelled

WORDS = Knowledge().reading_words
WINDOWS = {"windows": "windows"}
MACOS = {"macos": "macos"}
PIP = "/tmp/pip-install-4y7tqlrx/demo_5b1f0c1a3e91"


@pytest.mark.parametrize(
    ("kind", "subject", "facts", "expected"),
    [
        ("dependency-missing", "HDF5", {}, ("dependency-missing", "hdf5")),
        ("platform-unsupported", "X86", {}, ("platform-unsupported", "x86")),
        ("permission", r"C:\\Users\\u\\a.py", {}, ("permission", r"C:\Users\u\a.py")),
        ("source-error", f"{PIP}/src/a.c", {}, ("source-error", "src/a.c")),
        ("source-error", "/v/src/a.c", {"root": "/v"}, ("source-error", "src/a.c")),
        ("source-error", "/usr/include/a.h", {}, ("source-error", "/usr/include/a.h")),
        ("source-error", "src/a.c", {}, ("source-error", "src/a.c")),
        ("compiler-missing", "c", {}, ("compiler-missing", "c")),
        ("compiler-missing", "c", WINDOWS, ("compiler-missing", "msvc")),
        ("compiler-missing", "cxx", MACOS, ("compiler-missing", "xcode")),
        ("compiler-missing", "fortran", WINDOWS, ("compiler-missing", "fortran")),
        ("header-missing", "X11/Xlib.h", {}, ("header-missing", "X11/Xlib.h")),
    ],
)
def test_subject_is_spelled_as_the_contract_does(
    kind: str, subject: str, facts: dict[str, str], expected: tuple[str, str]
) -> None:
    assert spelled(WORDS[kind], kind, subject, "", facts) == expected


def test_compiler_that_a_line_of_windows_names_keeps_its_language() -> None:
    line = "error: command 'gcc' failed: No such file or directory"
    kind = "compiler-missing"
    assert spelled(WORDS[kind], kind, "c", line, WINDOWS) == (kind, "c")


@pytest.mark.parametrize(
    ("lines", "subject"),
    [
        ('    out = subprocess.check_output(["make", "-s"])', "make"),
        ("    try_cmake(folder, build, *generator)", "cmake"),
    ],
)
def test_program_that_windows_does_not_name_is_found_in_the_traceback(
    lines: str, subject: str
) -> None:
    log = (
        'Traceback (most recent call last):\n  File "<string>", line 4, in <module>\n'
        f"{lines}\n"
        '  File "C:\\Python313\\Lib\\subprocess.py", line 1548, in _execute_child\n'
        "FileNotFoundError: [WinError 2] The system cannot find the file specified\n"
        "Failed to build demo\n"
    )
    assert str(diagnose([log], Knowledge()).cause) == f"tool-missing: {subject}"


@pytest.mark.parametrize(
    ("kind", "line", "preceding", "facts", "subject"),
    [
        ("platform-unsupported", "unsupported option '-msse' for 'arm64-apple'", (), {}, "arm64"),
        ("platform-unsupported", "it only runs on Linux", (), WINDOWS, "windows"),
        ("permission", "/bin/sh: ./configure: Permission denied", (), {}, "./configure"),
        ("tool-missing", "[WinError 2] The system cannot find: 'make'", (), {}, "make"),
        (
            "source-error",
            "UnicodeDecodeError: 'gbk'",
            ['  File "<string>", line 2'],
            {},
            "setup.py",
        ),
        ("python-unsupported", "no member named 'ob_digit'", (), {"python": "3.12"}, "3.12"),
        ("network", "the connection broke", (), {}, "-"),
        (
            "network",
            "Read timed out.",
            ["Looking in https://index.example/simple"],
            {},
            "index.example",
        ),
        (
            "abi-mismatch",
            "DLL load failed: %1",
            ["    from gauge.core import _x"],
            {},
            "gauge.core",
        ),
        ("out-of-memory", "RuntimeError: CUDA out of memory", (), {}, "cuda"),
    ],
)
def test_subject_that_a_pattern_does_not_name_is_found_around_it(
    kind: str, line: str, preceding: Sequence[str], facts: dict[str, str], subject: str
) -> None:
    assert spelled(WORDS[kind], kind, "-", line, facts, preceding) == (kind, subject)


@pytest.mark.parametrize(
    ("kind", "subject", "spelling"),
    [
        ("tool-too-new", "CMake", "cmake"),
        ("tool-missing", "swig.exe", "swig"),
        ("no-distribution", "demo<2,>=1;", "demo<2,>=1"),
        ("python-module-missing", "bdist_wheel", "wheel"),
        ("runtime-library-missing", "library", "-"),
    ],
)
def test_subject_has_one_spelling_whoever_reads_it(kind: str, subject: str, spelling: str) -> None:
    assert spelled(WORDS[kind], kind, subject, "", {}) == (kind, spelling)


def test_toolkit_that_the_log_does_not_tell_is_left_out_of_the_subject() -> None:
    log = (
        "RuntimeError: Cuda extensions are being compiled with a version of Cuda that does not "
        "match the version used to compile Pytorch binaries.  Pytorch binaries were compiled with "
        "Cuda 11.8.\nFailed to build apex\n"
    )
    named = (diagnose([text], Knowledge()).cause for text in (log, f"{_NVCC}\n{log}"))
    assert [one and one.subject for one in named] == ["torch 11.8", "toolkit 12.2, torch 11.8"]


_NVCC = "Cuda compilation tools, release 12.2, V12.2.140"


@pytest.mark.parametrize(
    "place", ["user:pw@host.example", "ghp_secret@host.example", "a@b:c@host.example"]
)
def test_host_that_an_earlier_line_names_is_said_without_credentials(place: str) -> None:
    line = f"Looking in indexes: https://{place}:8080/simple"
    assert WORDS["network"].implied_by("Connection refused", [line], {}) == "host.example"


def test_pattern_may_match_without_its_subject() -> None:
    either = SubjectPattern(LazyPattern(r"no (?P<subject>\w+) library|no library"))
    words = ReadingWords("library-missing", "{subject}", (either,), implied=(either,))
    assert words.subject("there is no library", lambda _: False) is None
    assert words.implied_by("there is no library", [], {}) == ""


@pytest.mark.parametrize(
    ("kind", "line", "subject"),
    [
        (
            "header-missing",
            "k/utils_hip.h:18:10: fatal error: mma.h: No such file or directory",
            "mma.h",
        ),
        ("header-missing", "n/jbridge.h:29:10: fatal error: 'map' file not found", "map"),
        (
            "header-missing",
            r"c:\crt/host_config.h(231): fatal error C1083: Cannot open include file: 'x.h': No",
            "x.h",
        ),
        ("library-missing", "ld: cannot find -lpython3.10", "python3.10"),
        ("library-missing", "clang: error: no such file: '/v/config/libpython3.8.a'", "python3.8"),
        ("tool-missing", 'xcrun: error: unable to find utility "metal", not a tool', "metal"),
        (
            "cuda-mismatch",
            "The detected CUDA version (11.7) mismatches the version that was used to compile "
            "PyTorch (12.4)",
            "toolkit 11.7, torch 12.4",
        ),
        (
            "cuda-mismatch",
            "Installed CUDA version 12.1 does not match the version torch was compiled with 11.8",
            "toolkit 12.1, torch 11.8",
        ),
        ("out-of-memory", "arm-gcc: internal compiler error: Killed (program cc1plus)", "cc1plus"),
        (
            "no-distribution",
            "ERROR: Could not find a version that satisfies the requirement torch==1.7.1+cu110 (x)",
            "torch==1.7.1+cu110",
        ),
        (
            "platform-unsupported",
            "ERROR: x-1-cp39-cp39-win_amd64.whl is not a supported wheel on this platform.",
            "win_amd64",
        ),
        ("abi-mismatch", "ImportError: dlopen(/a/b.so, 2): Symbol not found: _PyObj", "_PyObj"),
        ("abi-mismatch", 'x.obj : error LNK2001: Nicht aufgelöstes Symbol "PyInit_x".', "PyInit_x"),
        (
            "runtime-library-missing",
            "ImportError: dlopen(/a/_rs.so, 2): Library not loaded: /opt/lib/librsync.2.dylib",
            "librsync.2.dylib",
        ),
    ],
)
def test_subject_is_what_a_line_says_not_where_it_says_it(
    kind: str, line: str, subject: str
) -> None:
    named, _ = WORDS[kind].subject(line, lambda _: False) or ("-", "none")
    assert spelled(WORDS[kind], kind, named, line, {}) == (kind, subject)


@pytest.mark.parametrize(
    ("kind", "line", "found"),
    [
        ("tool-missing", "swig: command not found", ("swig", "vocabulary")),
        ("tool-missing", "zorkc: command not found", ("zorkc", "placed")),
        ("tool-missing", "nobody has ever seen a swig around here", ("swig", "word")),
        ("compiler-missing", "there is no gfortran here", ("fortran", "named")),
        ("tool-missing", "nobody has ever seen it around here", None),
    ],
)
def test_subject_is_told_with_where_it_stands(
    kind: str, line: str, found: tuple[str, str] | None
) -> None:
    assert WORDS[kind].subject(line, lambda name: name == "swig") == found
