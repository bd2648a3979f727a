"""Sentences that no pattern knows are understood by their form; harmless ones are left alone."""

from __future__ import annotations

import pytest

from buildfix.catalog import Knowledge
from buildfix.diagnosis.logs.rank import diagnose

KNOWLEDGE = Knowledge()


def cause_of(*lines: str) -> tuple[str, str | None]:
    cause = diagnose(["\n".join([*lines, "Failed to build x", ""])], KNOWLEDGE).cause
    assert cause is not None
    return f"{cause.kind}:{cause.subject}", cause.required


@pytest.mark.parametrize(
    ("line", "cause"),
    [
        ("setup.py: ERROR: Could not find C compiler", "compiler-missing:c"),
        ("configure: error: no acceptable C compiler found in $PATH", "compiler-missing:c"),
        ("Quux: cannot go on because libxml2 is not installed", "dependency-missing:libxml2"),
        ("quux: fatal: unable to locate the swig executable", "tool-missing:swig"),
        ("!!! you need OpenSSL development headers to be installed", "dependency-missing:openssl"),
        ("quux needs gfortran in order to be built", "compiler-missing:fortran"),
        ("Error: missing dependency: libusb", "dependency-missing:libusb"),
        ("Aborted: a CUDA toolkit must be installed", "cuda-missing:CUDA_HOME"),
        ("Aborted: please install numpy first", "python-module-missing:numpy"),
        ("Aborted: Visual Studio could not be found", "compiler-missing:msvc"),
        ("error: mpi.h was not found anywhere", "header-missing:mpi.h"),
        ("Aborted, as JAVA_HOME is not set", "dependency-missing:jdk"),
    ],
)
def test_absence_in_any_form(line: str, cause: str) -> None:
    assert cause_of(line)[0] == cause


@pytest.mark.parametrize(
    ("line", "cause"),
    [
        ("quux needs at least CMake 3.25", ("tool-too-old:cmake", ">=3.25")),
        ("Aborted: SWIG 4.1 or later is required", ("tool-too-old:swig", ">=4.1")),
        ("Aborted: GDAL version must be at least 3.4", ("library-too-old:gdal", ">=3.4")),
        ("Aborted: Python 3.14 is not yet supported", ("python-unsupported:3.14", None)),
        (
            "the configured PyPy interpreter version (3.11) is newer than the maximum supported "
            "version (3.10)",
            ("python-unsupported:3.11", "<=3.10"),
        ),
    ],
)
def test_versions_in_any_form(line: str, cause: tuple[str, str | None]) -> None:
    assert cause_of(line) == cause


@pytest.mark.parametrize(
    "lines",
    [
        ["x.c:9:24: error: ‘PyLongObject’ has no member named ‘ob_digit’"],
        ["x.c:9:24: error: no member named 'ob_digit' in 'PyLongObject'"],
        ["x.c(9): error C2039: 'ob_digit': is not a member of '_longobject'"],
        ['x.cu(9): error: class "_longobject" has no member "ob_digit"'],
        ["x.c:9:24: error: too few arguments to function ‘_PyLong_AsByteArray’"],
        [
            "x.c:9:24: error: too few arguments to function call, expected 6, have 5",
            "    9 |   return _PyLong_AsByteArray(v, bytes, 8, 1, 0);",
        ],
    ],
)
def test_a_symbol_means_the_same_whichever_compiler_names_it(lines: list[str]) -> None:
    assert cause_of("File /usr/lib/python3.13/x.py", *lines)[0].startswith("python-unsupported:")


@pytest.mark.parametrize(
    "line",
    [
        "WARNING: libyaml is not installed, the pure parser is used",
        "checking for libxml2... not found",
        "-- Looking for OpenSSL - not found",
        "zlib was not found, using bundled copy",
        "gmp is not available, skipping the fast path",
        "libjpeg is required only for the tests",
        "foo 1.0 requires bar>=2, which is not installed.",
        "if libfoo is not installed, the build goes on",
        'raise RuntimeError("OpenSSL is required")',
    ],
)
def test_what_is_optional_is_no_cause(line: str) -> None:
    cause = diagnose([f"{line}\nFailed to build x\n"], KNOWLEDGE).cause
    assert cause is not None
    assert cause.kind == "unknown"
