"""Macros that the tree's own headers define decide what its sources include."""

from __future__ import annotations

import pytest

from tests.unit.sources import needs

SETUP = (
    "from setuptools import setup, Extension\n"
    "setup(name='demo', ext_modules=[Extension('demo', ['demo.c'])])\n"
)
USED = '#include "own.h"\n#ifndef NO_KRB5\n#include <krb5.h>\n#endif\n'
KRB5 = {"header-missing krb5.h"}
GUARDED = "#ifndef OWN_H\n#define OWN_H\n{}#endif\n"


def wanted(files: dict[str, str], code: str = USED) -> set[str]:
    """Return what is surely needed to compile this with these headers of the tree."""
    return needs({"setup.py": SETUP, "demo.c": code, **files})


@pytest.mark.parametrize(
    "header",
    [
        "#define NO_KRB5\n",
        "#define NO_KRB5 1\n",
        "#define NO_KRB5 /* not here */\n",
        "#ifndef NO_KRB5\n# define NO_KRB5\n#endif\n",
        GUARDED.format("#define NO_KRB5\n"),
        "#ifndef DOING_MAKEDEPEND\n#define NO_KRB5\n#endif\n",
        "#ifdef __linux__\n#define NO_KRB5\n#endif\n",
    ],
)
def test_a_header_of_the_tree_turns_off_what_another_includes(header: str) -> None:
    """As OpenSSL's own opensslconf.h in nassl."""
    assert wanted({"own.h": header}) == set()
    assert wanted({"own.h": '#include "conf.h"\n', "conf.h": header}) == set()


@pytest.mark.parametrize(
    "header",
    [
        "",
        "#define NO_KRB5_EITHER\n",
        "#define NO_KRB5\n#undef NO_KRB5\n",
        "#ifdef _WIN32\n#define NO_KRB5\n#endif\n",
        "#ifndef HAVE_KRB5_H\n#define NO_KRB5\n#endif\n",
        "#if SOME_VERSION < 3\n#define NO_KRB5\n#endif\n",
        '#ifdef SOMETHING\n#include "conf.h"\n#endif\n',
    ],
)
def test_what_a_header_may_define_turns_nothing_off(header: str) -> None:
    assert wanted({"own.h": header, "conf.h": "#define NO_KRB5\n"}) == KRB5


def test_what_is_defined_as_zero_is_told_by_neither_test() -> None:
    assert wanted({"own.h": "#define NO_KRB5 0\n"}, USED.replace("#ifndef", "#if !")) == set()
    assert (
        wanted(
            {"own.h": "#define USE 0\n"}, '#include "own.h"\n#if USE\n#include <krb5.h>\n#endif\n'
        )
        == set()
    )


def test_a_template_defines_nothing_before_it_is_filled_in() -> None:
    assert wanted({"own.h.in": "#define NO_KRB5\n"}) == KRB5


def test_headers_that_include_each_other_come_to_an_end() -> None:
    files = {"own.h": '#include "a.h"\n', "a.h": '#include "own.h"\n#define NO_KRB5\n'}
    assert wanted(files) == set()


def test_of_two_copies_of_a_library_the_one_that_includes_a_header_counts() -> None:
    code = '#include "old/inc/lib/use.h"\n'
    use = {"old/inc/lib/use.h": "#include <lib/conf.h>\n" + USED.partition("\n")[2]}
    new = {"new/inc/lib/conf.h": "", "old/inc/lib/conf.h": "#define NO_KRB5\n"}
    assert wanted({**use, **new}, code) == set()
    other = {"new/inc/lib/conf.h": "#define NO_KRB5\n", "old/inc/lib/conf.h": ""}
    assert wanted({**other, **use}, code) == KRB5


def test_what_a_header_turns_on_is_surely_needed() -> None:
    code = '#include "own.h"\n#ifdef WITH_KRB5\n#include <krb5.h>\n#endif\n'
    assert wanted({"own.h": ""}, code) == set()
    assert wanted({"own.h": "#define WITH_KRB5 1\n"}, code) == KRB5
