"""A plan in the words that a person decides on, at several widths."""

from __future__ import annotations

import io
from dataclasses import replace

import pytest

from buildfix.core import (
    Arrival,
    Cause,
    Command,
    CreateEnvironment,
    Diagnosis,
    InstallPackages,
    Manual,
    Need,
    Plan,
    RemovePackages,
    RunCommand,
    SetVariables,
    Transaction,
)
from buildfix.render.layout import aligned, laid_out, wrapped_as_is
from buildfix.render.need_words import listed_needs, need_words
from buildfix.render.plain import PlainView
from buildfix.render.plan_rows import plan_rows
from tests.unit.machines import TRIXIE

COMPILER = Need("compiler-missing", "c")
HEADERS = Need("python-headers-missing", "Python.h")
XML = Need("header-missing", "libxml/xpath.h")
PACKAGES = ("libxml2-dev", "libxslt1-dev", "build-essential", "python3-dev")
STEP = InstallPackages(
    "Install them",
    (XML, COMPILER, HEADERS),
    argv=("apt-get", "install", "--", *PACKAGES),
    privileged=True,
    manager="apt",
    packages=PACKAGES,
    purposes=(
        ("libxml2-dev", (XML,)),
        ("libxslt1-dev", (XML,)),
        ("build-essential", (XML, COMPILER)),
        ("python3-dev", (COMPILER, HEADERS)),
    ),
    transaction=Transaction(69, 95_000_000, 387_000_000, (("libxml2-dev", "2.12.7"),)),
)
LXML = Arrival("lxml", "6.1.3", "build", asked=True, needs=(XML, COMPILER, HEADERS), estimate=118.0)
PLAN = Plan(
    ("lxml",),
    TRIXIE,
    (STEP,),
    Command(("/v/bin/python", "-m", "pip", "install", "lxml")),
    target="/v/bin/python",
    arrivals=(LXML,),
)


def shown(plan: Plan, width: int | None, before: Plan | None = None, *, whole: bool = False) -> str:
    rows = list(plan_rows(plan, before, whole=whole))
    return "\n".join(line.text.rstrip() for line in laid_out(rows, width))


def test_plan_says_what_comes_where_and_what_each_package_is_for() -> None:
    assert (
        shown(PLAN, 100)
        == """\
lxml 6.1.3 -> /v (Python 3.13)   build from source, about 2 min
  + apt install (root)           69 packages, 95 MB to download, 387 MB on disk
      libxml2-dev, libxslt1-dev  for lxml
      build-essential            C compiler
      python3-dev                Python.h
  + pip install lxml"""
    )


@pytest.mark.parametrize("width", [40, 80, 200])
def test_no_line_is_too_long_and_no_word_is_broken(width: int) -> None:
    text = shown(PLAN, width, whole=True)
    assert max(map(len, text.splitlines())) <= width
    assert sorted(text.split()) == sorted(shown(PLAN, None, whole=True).split())


def test_a_build_that_never_ran_here_has_a_guess_from_its_sources() -> None:
    guesses = ((9.0, "under a minute"), (90.0, "a few minutes"), (900.0, "over 10 minutes"))
    for guess, words in guesses:
        unknown = replace(LXML, estimate=None, guess=guess)
        text = shown(replace(PLAN, arrivals=(unknown,)), None)
        assert f"build from source, probably {words}\n" in text


def test_narrow_terminal_has_one_column() -> None:
    lines = shown(PLAN, 40).splitlines()
    assert lines[:3] == [
        "lxml 6.1.3 -> /v (Python 3.13)",
        "    build from source, about 2 min",
        "  + apt install (root)",
    ]
    assert "387 MB on disk" in lines[4]


def test_sizes_that_the_manager_does_not_tell_are_left_out() -> None:
    step = replace(STEP, transaction=None)
    assert "  + apt install (root)\n" in shown(replace(PLAN, steps=(step,)), None)
    unsized = replace(STEP, transaction=Transaction(1))
    assert "  + apt install (root)  1 package\n" in shown(replace(PLAN, steps=(unsized,)), None)


def test_details_have_commands_versions_and_reasons() -> None:
    text = shown(PLAN, None, whole=True)
    assert "libxml2-dev 2.12.7, libxslt1-dev  for lxml" in text
    assert "because: libxml/xpath.h, C compiler" in text
    assert "$ apt-get install -- libxml2-dev" in text
    assert "$ /v/bin/python -m pip install lxml" in text
    assert "$" not in shown(PLAN, None)


def test_dependencies_are_wheels_in_one_line_and_builds_in_their_own() -> None:
    wheels = [Arrival(f"w{number}", "1", "wheel") for number in range(8)]
    cffi = Arrival("cffi", "2.0", "build")
    six = Arrival("six", "1.17", "present", asked=True)
    text = shown(replace(PLAN, arrivals=(LXML, six, cffi, *wheels)), None)
    assert "six 1.17 -> /v (Python 3.13)  already installed" in text
    assert "cffi 2.0 (dependency)  build from source" in text
    assert "with w0 1, w1 1, w2 1, w3 1, w4 1, w5 1 and 2 more  wheels" in text


def test_build_that_a_requirements_file_may_name_is_not_called_a_dependency() -> None:
    cffi = Arrival("cffi", "2.0", "build")
    text = shown(replace(PLAN, requirements=("-r", "a.txt"), arrivals=(cffi,)), None)
    assert "cffi 2.0  build from source" in text


def test_other_steps_are_named_as_what_they_do() -> None:
    steps = (
        SetVariables("Limit the jobs", variables=(("MAX_JOBS", "2"), ("PATH", "/cuda/bin"))),
        CreateEnvironment("Create .venv and use it: it is managed", target=".venv/bin/python"),
        Manual("Install Visual Studio"),
        RunCommand("Enable the repository EPEL", privileged=True),
        RemovePackages("Remove ant", privileged=True, manager="apt", removes=("ant",)),
    )
    plan = replace(PLAN, steps=steps, target=".venv/bin/python", arrivals=())
    lines = list(laid_out(list(plan_rows(plan)), None))
    assert [(line.text.strip(), line.style) for line in lines] == [
        ("lxml -> ./.venv (Python 3.13)", "title"),
        ('+ set MAX_JOBS=2 PATH=/cuda/bin:"$PATH"', ""),
        ("+ Create .venv and use it", ""),
        ("! Install Visual Studio", "warning"),
        ("+ Enable the repository EPEL (root)", "root"),
        ("- Remove ant (root)", "removes"),
        ("+ pip install lxml", ""),
    ]


def test_what_is_done_after_the_install_does_not_install_again() -> None:
    step = RemovePackages("Remove ant", manager="apt", removes=("ant",), afterwards=True)
    assert shown(replace(PLAN, steps=(step,)), None) == "  - Remove ant"


def test_second_plan_says_why_and_what_is_new() -> None:
    ffi = replace(STEP, packages=("libffi-dev", "build-essential"), purposes=(("libffi-dev", ()),))
    cause = Cause("header-missing", "ffi.h", 3, "ffi.h")
    second = replace(PLAN, steps=(ffi,), diagnosis=Diagnosis(True, cause=cause))
    told = (
        "Changed since the last plan, because the build failed: "
        "ffi.h is missing [header-missing: ffi.h]; new: "
    )
    assert f"{told}libffi-dev" in shown(second, None, PLAN)
    stream = io.StringIO()
    view = PlainView(stream)
    view.plan(PLAN)
    view.plan(PLAN, whole=True)
    assert "Changed" not in stream.getvalue()
    view.plan(second)
    assert f"{told}libffi-dev" in stream.getvalue()


@pytest.mark.parametrize(
    ("need", "words"),
    [
        (Need("compiler-missing", "cxx"), "C++ compiler"),
        (Need("build", "dep:virtual/compiler/fortran"), "Fortran compiler"),
        (Need("build", "dep:generic/zlib"), "zlib"),
        (Need("library-missing", "lber"), "library lber"),
        (Need("pkgconfig-missing", "cairo", ">=1.15"), "cairo >=1.15 (pkg-config)"),
        (Need("runtime-library-missing", "libGL.so.1"), "libGL.so.1 at run time"),
        (Need("externally-managed", "-", ".venv"), "virtual environment"),
        (Need("header-missing", "ffi.h", ">=3"), "ffi.h >=3"),
        (Need("disk-full", "-"), "disk full"),
    ],
)
def test_need_is_named_as_a_thing(need: Need, words: str) -> None:
    assert need_words(need) == words


def test_long_list_of_needs_ends_with_a_count() -> None:
    needs = [Need("tool-missing", f"t{number}") for number in range(7)]
    assert listed_needs(needs) == "t0, t1, t2, t3 and 3 more"


def test_text_is_wrapped_under_its_own_beginning() -> None:
    assert wrapped_as_is("    note: one two three\nend", 16) == [
        "    note: one",
        "      two three",
        "end",
    ]
    assert wrapped_as_is("a-very-long-word-that-stays-whole", 10) == [
        "a-very-long-word-that-stays-whole"
    ]


TABLE = [
    ("1", "lxml and many others", "installed", "2 system packages installed, 1 distribution"),
    ("12", "six", "unfixed", "nothing changed"),
]


def test_table_is_aligned_and_its_last_column_wrapped() -> None:
    assert [line.text for line in aligned(TABLE, None)] == [
        "  1   lxml and many others  installed  2 system packages installed, 1 distribution",
        "  12  six                   unfixed    nothing changed",
    ]
    assert [line.text for line in aligned(TABLE, 64)] == [
        "  1   lxml and many others  installed  2 system packages",
        "                                       installed, 1 distribution",
        "  12  six                   unfixed    nothing changed",
    ]


def test_table_without_room_is_cut_only_where_that_was_asked_for() -> None:
    first, *_, last = (line.text for line in aligned(TABLE, 56, 1))
    assert first.startswith("  1   lxml and many…")
    assert last == "  12  six             unfixed    nothing changed"
    assert [line.text for line in aligned(TABLE, 40)] == [
        "  1  lxml and many others  installed",
        "    2 system packages installed, 1",
        "      distribution",
        "  12  six  unfixed  nothing changed",
    ]


@pytest.mark.parametrize("width", [20, 40, 80, 200])
def test_table_breaks_no_word(width: int) -> None:
    words = {word for row in TABLE for text in row for word in text.split()}
    assert {word for line in aligned(TABLE, width) for word in line.text.split()} == words
