"""Which package is the one to install, on what Debian's own index was seen to say."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from buildfix.core import Need
from buildfix.package_managers import Owner, manager_of
from buildfix.package_managers.file_queries import regex, wanted
from buildfix.package_managers.ranking import core_name, rank
from tests.unit.managers import Replayed

KINDS = {
    "header": "header-missing",
    "pkgconfig": "pkgconfig-missing",
    "cmake": "cmake-package-missing",
    "tool": "tool-missing",
    "library": "library-missing",
    "runtime": "runtime-library-missing",
}
# In the order in which the recording was asked for them.
ON_DEBIAN = {
    "header libxml/xpath.h": ("libxml2-dev", True),
    "header ffi.h": ("libffi-dev", True),
    "header mysql.h": ("libmariadb-dev", True),
    "header sql.h": ("unixodbc-dev", True),
    "header curl/curl.h": ("libcurl4-gnutls-dev", False),
    "header magic.h": ("libmagic-dev", True),
    "pkgconfig cairo": ("libcairo2-dev", True),
    "cmake HDF5": ("libhdf5-dev", False),
    "cmake pybind11": ("pybind11-dev", True),
    "tool pg_config": ("libpq-dev", True),
    "library z": ("zlib1g-dev", True),
    "runtime libmagic": ("libmagic1t64", True),
}


def need(text: str) -> Need:
    kind, _, subject = text.partition(" ")
    return Need(KINDS[kind], subject)


def owners(text: str, *found: str) -> tuple[Owner, ...]:
    """Return the ranked owners of `package path` pairs."""
    one = wanted(need(text))
    assert one
    pairs = (row.split() for row in found)
    return rank(one, [(package, path) for package, path in pairs])


def test_the_right_package_of_debians_archive_comes_first() -> None:
    apt = manager_of("apt")
    assert apt
    needs = {text: need(text) for text in ON_DEBIAN}
    found = apt.owners(Replayed("apt-file", "apt-file"), list(needs.values()))
    first = {text: found[one][0] for text, one in needs.items()}
    assert {text: (one.package, one.sure) for text, one in first.items()} == ON_DEBIAN
    assert all(not one.sure for several in found.values() for one in several[1:])


@pytest.mark.parametrize(
    ("text", "better", "worse"),
    [
        # the shorter way below the compiler's own folder
        ("header a.h", "libz-dev /usr/include/a.h", "liba-dev /usr/include/a/a.h"),
        # the development package before the one that only has a copy
        ("header a.h", "liba-dev /usr/include/a/a.h", "a-tools /usr/include/b/a.h"),
        # one's own architecture, language and kernel
        (
            "header a.h",
            "b-devel /usr/include/b/a.h",
            "a-devel /usr/aarch64-linux-gnu/include/a.h",
        ),
        ("header a.h", "b /usr/include/b/a.h", "mingw-w64-a /usr/x86_64-w64-mingw32/include/a.h"),
        ("header a.h", "b-dev /usr/include/b/a.h", "a-dev /usr/share/a/a.h"),
        ("header a.h", "b-dev /usr/include/b/a.h", "python3-a /usr/lib/python3/dist-packages/a.h"),
        ("header a.h", "b-dev /usr/include/b/a.h", "linux-headers-6 /usr/src/linux-headers-6/a.h"),
        ("library a", "a /usr/lib/liba.so", "lib32-a /usr/lib32/liba.so"),
        ("tool a", "a /usr/bin/a", "llvm-15 /usr/lib/llvm-15/bin/a"),
        ("tool a", "a /usr/bin/a", "busybox /usr/bin/a"),
        ("tool a-config", "liba-dev /usr/bin/a-config", "a-common /usr/bin/a-config"),
        ("runtime a", "liba1 /usr/lib/liba.so.1", "liba-dev /usr/lib/liba.so.1.0"),
        ("cmake Abc", "libabc-dev /usr/lib/cmake/Abc/AbcConfig.cmake", "abc /usr/include/abc.h"),
    ],
)
def test_clearly_better_owner_is_sure(text: str, better: str, worse: str) -> None:
    first, second = owners(text, worse, better)
    assert (first.package, first.sure) == (better.split()[0], True)
    assert not second.sure


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("header a.h", ["b-dev /usr/include/a.h", "c-dev /usr/include/a.h"]),
        ("header a.h", ["only-dev /usr/share/only/a.h"]),
        ("header a.h", ["only-dev /usr/include/x/y/a.h"]),
        ("tool a", ["x /usr/bin/a", "y /bin/a"]),
        ("cmake Abc", ["libabc-dev /usr/include/abc.h"]),
    ],
)
def test_equally_good_owners_are_not_sure(text: str, found: list[str]) -> None:
    assert [one.sure for one in owners(text, *found)] == [False] * len(found)


def test_a_package_is_named_once_with_its_best_file() -> None:
    (one,) = owners("header a.h", "a-dev /usr/include/x/a.h", "a-dev /usr/include/a.h")
    assert one == Owner("a-dev", "/usr/include/a.h", sure=True)


def test_packages_that_only_look_alike_are_left_out() -> None:
    rows = ["a /usr/include/ba.h", "b /usr/include/a.hpp", "c /usr/include/A.h"]
    assert owners("header a.h", *rows) == ()
    assert owners("runtime a", "a-dev /usr/lib/liba.so") == ()
    assert owners("cmake Abc", "other /usr/include/other/x/abc.h") == ()


@pytest.mark.parametrize(
    ("package", "core"),
    [
        ("libsasl2-dev", "sasl"),
        ("libxml2-devel", "xml"),
        ("zlib1g-dev", "zlib1g"),
        ("cairo", "cairo"),
        ("lib", "lib"),
    ],
)
def test_core_name_of_a_package_has_no_affixes(package: str, core: str) -> None:
    assert core_name(package) == core


@pytest.mark.parametrize(
    "subject",
    [
        "-x",
        "--help",
        "a b",
        "a;rm -rf /",
        "$(id)",
        "../etc/passwd",
        "a/../b",
        "*",
        "a|b",
        "[a]",
        "",
    ],
)
def test_a_subject_that_is_no_name_is_not_asked_for(subject: str) -> None:
    assert [wanted(Need(kind, subject)) for kind in KINDS.values()] == [None] * len(KINDS)


@given(st.sampled_from(sorted(KINDS.values())), st.text(max_size=30))
def test_a_pattern_matches_what_is_wanted_and_no_more(kind: str, subject: str) -> None:
    one = wanted(Need(kind, subject))
    if one is None:
        return
    pattern = re.compile(f"{regex([one])}$")
    number = ".1" if one.numbered else ""
    for ending in one.endings:
        assert pattern.search(f"/usr{ending}{number}")
        assert not pattern.search(f"/usr{ending}{number}x")
        assert one.rank(f"/usr{ending}{number}") is not None
    assert not any(glob.startswith("-") for glob in one.globs)
