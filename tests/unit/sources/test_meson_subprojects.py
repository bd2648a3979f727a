"""What is used, fetched or looked for where a Meson project has subprojects."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.unit.sources import LINUX, needs, read

WRAP = "[wrap-git]\nurl = https://example.org/fmtlib/fmt.git\n"
ASKED = "dependency('fmt', fallback: ['fmt', 'dep'])\n"
FETCHED: list[tuple[bool, list[str]]] = [(True, [])]
SERVED = [(True, ["pkgconfig-missing fmt"])]
LOOKS_FOR = "cc = meson.get_compiler('c')\ncc.find_library('png')\n"


def meson(body: str, *arguments: str, default: str = "", **files: str) -> dict[str, str]:
    """Return a meson-python project with a wrap of fmt."""
    backend = "[build-system]\nrequires = ['meson-python']\nbuild-backend = 'mesonpy'\n"
    told = f"[tool.meson-python.args]\nsetup = {list(arguments)}\n"
    return {
        "pyproject.toml": backend + told,
        "meson.build": f"project('demo', 'c', default_options: [{default}])\n{body}",
        "subprojects/fmt.wrap": WRAP,
        **files,
    }


def fetched(files: dict[str, str], *told: str) -> list[tuple[bool, list[str]]]:
    """Return for what a build fetches whether it surely does, and what serves in place of it.

    The user tells Meson what is `told`.
    """
    here = replace(LINUX, settings=tuple(("setup-args", word) for word in told))
    return [(one.sure, [*map(str, one.instead)]) for one in read(files, here).downloads]


@pytest.mark.parametrize(
    ("default", "arguments", "told", "found"),
    [
        ("", [], [], SERVED),
        ("'wrap_mode=forcefallback'", [], [], FETCHED),
        ("'wrap_mode=forcefallback'", ["-Dwrap_mode=default"], [], SERVED),
        ("", ["--wrap-mode=forcefallback"], [], FETCHED),
        ("", ["--wrap-mode", "forcefallback"], [], FETCHED),
        ("", ["--wrap-mode=forcefallback"], ["-Dwrap_mode=nopromote"], SERVED),
        ("", [], ["--wrap-mode=nodownload"], []),
        ("'wrap_mode=nodownload'", [], [], []),
        ("", ["-D", "wrap_mode=nofallback"], [], []),
        ("'force_fallback_for=a,fmt'", [], [], FETCHED),
        ("'force_fallback_for=a'", [], [], SERVED),
        ("", ["--force-fallback-for=fmt", "-Dwrap_mode=nofallback"], [], FETCHED),
    ],
)
def test_the_project_its_metadata_and_the_user_say_how_wraps_are_used(
    default: str, arguments: list[str], told: list[str], found: list[tuple[bool, list[str]]]
) -> None:
    assert fetched(meson(ASKED, *arguments, default=default), *told) == found


def test_what_wraps_may_not_bring_is_the_systems() -> None:
    assert needs(meson(ASKED)) == set()
    for mode in ("nodownload", "nofallback"):
        assert "pkgconfig-missing fmt" in needs(meson(ASKED, default=f"'wrap_mode={mode}'"))


def test_a_version_that_the_machine_must_have_is_asked_of_the_system() -> None:
    asked = "dependency('fmt', version: '>= 9', fallback: ['fmt', 'dep'])\n"
    assert fetched(meson(asked)) == [(True, ["pkgconfig-missing fmt >=9"])]


def test_a_subproject_that_is_entered_is_fetched_whatever_the_machine_has() -> None:
    assert fetched(meson("subproject('fmt')\n")) == FETCHED
    assert fetched(meson("subproject('fmt', required: false)\n")) == [(False, [])]
    assert fetched(meson("subproject('fmt')\n"), "--wrap-mode=nodownload") == []
    assert fetched(meson("subproject('fmt')\n"), "--wrap-mode=nofallback") == FETCHED


def test_an_optional_dependency_is_fetched_only_if_a_fallback_is_named() -> None:
    named = ASKED.replace(")", ", required: false)")
    assert fetched(meson(named)) == [(False, [])]
    implied = "dependency('fmt', required: false{})\n"
    assert fetched(meson(implied.format(""))) == []
    assert fetched(meson(implied.format(", allow_fallback: true"))) == [(False, [])]


@pytest.mark.parametrize(
    "files",
    [
        {"subprojects/fmt-10.2/meson.build": LOOKS_FOR},
        {"subprojects/fmt-10.2/CMakeLists.txt": ""},
        {"subprojects/packagecache/fmt.tgz": ""},
    ],
)
def test_what_the_tree_has_of_a_subproject_is_not_fetched(files: dict[str, str]) -> None:
    wrap = "[wrap-file]\ndirectory = fmt-10.2\nsource_filename = fmt.tgz\n"
    wrap += "source_url = https://example.org/fmt.tgz\n"
    tree = meson("subproject('fmt')\n", **{"subprojects/fmt.wrap": wrap})
    assert fetched(tree) == FETCHED
    assert fetched({**tree, **files}) == []
    followed = "library-missing png" in needs({**tree, **files})
    assert followed == ("subprojects/fmt-10.2/meson.build" in files)


def test_a_forced_subproject_of_the_tree_serves_in_place_of_the_systems() -> None:
    tree = meson(ASKED, **{"subprojects/fmt/meson.build": LOOKS_FOR})
    forced = {**tree, "meson.build": tree["meson.build"].replace("[]", "'wrap_mode=forcefallback'")}
    assert "pkgconfig-missing fmt" not in needs(forced)
    assert "library-missing png" in needs(forced)


def test_subprojects_heed_the_main_projects_wrap_mode_and_their_callers_options() -> None:
    inner = (
        "project('fmt', 'c', default_options: ['wrap_mode=default', 'png=enabled'])\n"
        "dependency('libpng', required: get_option('png'))\ndependency('zlib', fallback: 'z')\n"
    )
    files = {
        "subprojects/fmt/meson.build": inner,
        "subprojects/fmt/meson.options": "option('png', type: 'feature')\n",
        "subprojects/z.wrap": WRAP,
    }
    entered = "subproject('fmt'{})\n"
    assert fetched(meson(entered.format(""), "--wrap-mode=nodownload", **files)) == []
    assert "pkgconfig-missing libpng" in needs(meson(entered.format(""), **files))
    without = entered.format(", default_options: ['png=disabled']")
    assert "pkgconfig-missing libpng" not in needs(meson(without, **files))
    assert "pkgconfig-missing libpng" in needs(meson(without, "-Dfmt:png=enabled", **files))


def test_features_that_nobody_sets_are_as_all_are() -> None:
    options = {"meson.options": "option('png', type: 'feature', value: 'auto')\n"}
    body = "dependency('libpng', required: get_option('png'))\n"
    assert "pkgconfig-missing libpng" not in needs(meson(body, **options))
    enabled = meson(body, default="'auto_features=enabled'", **options)
    assert "pkgconfig-missing libpng" in needs(enabled)


SWITCHED = """
if get_option('system-fmt')
  dependency('fmt')
else
  subproject('fmt')
endif
if get_option('bundled_qhull').enabled()
  subproject('qhull')
endif
"""
OPTIONS = """
option('system-fmt', type: 'boolean', value: false)
option('system-unused', type: 'boolean', value: false)
option('bundled_qhull', type: 'feature', value: 'enabled')
"""


def test_options_of_the_project_for_the_systems_libraries_are_seen() -> None:
    qhull = WRAP.replace("fmt", "qhull")
    files = {"meson.options": OPTIONS, "subprojects/qhull.wrap": qhull}
    switches = {one.what: one.switches for one in read(meson(SWITCHED, **files)).downloads}
    told = ("-Dsystem-fmt=true", "-Dbundled_qhull=disabled")
    assert switches == {"fmt": told, "qhull": told}
    assert fetched(meson(SWITCHED, **files), *told) == SERVED, "the wrap serves where fmt is not"
    assert read(meson("subproject('fmt')\n", **files)).downloads[0].switches == ()


def test_an_option_that_ends_the_build_or_serves_nothing_is_none() -> None:
    ends = SWITCHED.replace("dependency('fmt')", "error('no')")
    (one,) = read(
        meson(ends.split("if get_option('bundled")[0], **{"meson.options": OPTIONS})
    ).downloads
    assert one.switches == ()
