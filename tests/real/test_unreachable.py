"""Builds that fetch sources from a host that cannot be reached, for real in a bare Debian root."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.bed import BUILDFIX, TARGET_PYTHON, BareRoot
from tests.real.users import put

pytestmark = [pytest.mark.bed, pytest.mark.slow]

MODULE = """
#include <Python.h>
{include}
static struct PyModuleDef module = {{PyModuleDef_HEAD_INIT, "mine", 0, -1, 0}};
PyMODINIT_FUNC PyInit_mine(void) {{ {use}; return PyModule_Create(&module); }}
"""
BY_MESON = {
    "pyproject.toml": (
        "[build-system]\nrequires = ['meson-python']\nbuild-backend = 'mesonpy'\n"
        "[project]\nname = 'mine'\nversion = '1'\n"
    ),
    "meson.build": (
        "project('mine', 'c')\npy = import('python').find_installation(pure: false)\n"
        "zlib = dependency('zlib', fallback: ['zlib', 'zlib_dep'])\n"
        "py.extension_module('mine', 'mine.c', dependencies: zlib, install: true)\n"
    ),
    "mine.c": MODULE.format(include="#include <zlib.h>", use="(void)zlibVersion()"),
    "subprojects/zlib.wrap": (
        "[wrap-file]\ndirectory = zlib-1.3\nsource_url = https://sources.invalid/zlib-1.3.tar.gz\n"
        "source_filename = zlib-1.3.tar.gz\nsource_hash = 0\n"
    ),
}
BY_CMAKE = {
    "pyproject.toml": BY_MESON["pyproject.toml"]
    .replace("meson-python", "scikit-build-core")
    .replace("mesonpy", "scikit_build_core.build"),
    "CMakeLists.txt": (
        "cmake_minimum_required(VERSION 3.24)\nproject(mine CXX)\ninclude(FetchContent)\n"
        "FetchContent_Declare(fmt URL https://sources.invalid/fmt-8.1.1.tar.gz)\n"
        "FetchContent_MakeAvailable(fmt)\n"
        "find_package(Python REQUIRED COMPONENTS Interpreter Development.Module)\n"
        "python_add_library(mine MODULE mine.cpp)\ntarget_link_libraries(mine PRIVATE fmt::fmt)\n"
        "install(TARGETS mine DESTINATION .)\n"
    ),
    "mine.cpp": MODULE.format(include="#include <fmt/core.h>", use='(void)fmt::format("{}", 1)'),
}


def repaired(root: BareRoot, project: dict[str, str]) -> tuple[int, dict[str, Any]]:
    """Return how a run for a project ended, and its report."""
    put(root, "/home/mine", project)
    done = root.run(
        [BUILDFIX, "-y", "--json", "--python", TARGET_PYTHON, "/home/mine"], timeout=600
    )
    report: dict[str, Any] = json.loads(done.stdout)
    return done.returncode, report


@pytest.mark.parametrize(
    ("project", "package"), [(BY_MESON, "zlib1g-dev"), (BY_CMAKE, "libfmt-dev")]
)
def test_the_systems_package_is_built_with_in_place_of_what_cannot_be_fetched(
    bare_root: BareRoot, project: dict[str, str], package: str
) -> None:
    code, report = repaired(bare_root, project)
    assert (code, report["outcome"], len(report["attempts"])) == (0, "installed", 1), report
    assert package in {name for step in report["applied"] for name in step.get("packages", ())}
    assert bare_root.run([TARGET_PYTHON, "-c", "import mine"]).returncode == 0


def test_a_run_ends_before_anything_is_done_where_nothing_serves(bare_root: BareRoot) -> None:
    entered = BY_MESON["meson.build"].replace(
        "dependency('zlib', fallback: ['zlib', 'zlib_dep'])",
        "subproject('zlib').get_variable('zlib_dep')",
    )
    code, report = repaired(bare_root, {**BY_MESON, "meson.build": entered})
    assert (code, report["outcome"], report["attempts"], report["applied"]) == (
        *(1, "unfixed", [], []),
    )
    assert "downloads zlib from sources.invalid while building" in report["reason"]
