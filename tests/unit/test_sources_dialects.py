"""Meson, CMake, Cargo, autoconf, pyproject.toml and the includes of what is compiled."""

from __future__ import annotations

import pytest

from buildfix.analysis import Surroundings
from buildfix.analysis.cargo_conditions import holds
from buildfix.analysis.preprocessor import evaluate_condition, included
from buildfix.core import Need
from tests.unit.sources import KNOWLEDGE, LINUX, MACOS, WINDOWS, languages, needs, optional, read

MESON = "[build-system]\nrequires = ['meson-python']\nbuild-backend = 'mesonpy'\n"
CMAKE = (
    "[build-system]\nrequires = ['scikit-build-core']\nbuild-backend = 'scikit_build_core.build'\n"
)
MATURIN = "[build-system]\nrequires = ['maturin']\nbuild-backend = 'maturin'\n"


def meson(body: str, **files: str) -> dict[str, str]:
    head = "project('p', 'c', version: '1')\ncc = meson.get_compiler('c')\n"
    return {"pyproject.toml": MESON, "meson.build": head + body, **files}


def cmake(body: str, **files: str) -> dict[str, str]:
    return {"pyproject.toml": CMAKE, "CMakeLists.txt": "project(p LANGUAGES C)\n" + body, **files}


def test_meson_required_dependencies_are_needed_with_their_version() -> None:
    """As pycairo's meson.build says."""
    tree = meson(
        "req = '>=1.15.10'\n"
        "dep = dependency('cairo', version: req, required: cc.get_id() != 'msvc')\n"
    )
    assert needs(tree) == {"tool-missing pkg-config", "pkgconfig-missing cairo >=1.15.10"}
    finding = next(one for one in read(tree).needs if one.need.subject == "cairo")
    assert finding.where == "meson.build:4"
    assert needs(tree, WINDOWS) == set()


def test_openmp_is_a_package_where_the_compiler_has_none() -> None:
    """As LightGBM's CMakeLists.txt asks for it, and as a meson.build does."""
    for tree in (cmake("find_package(OpenMP REQUIRED)\n"), meson("dependency('openmp')\n")):
        assert not any("openmp" in one.lower() for one in needs(tree))
        (found,) = (one for one in needs(tree, MACOS) if "openmp" in one.lower())
        kind, _, subject = found.partition(" ")
        capability = KNOWLEDGE.capability(kind, subject)
        assert capability
        assert capability.id == "dep:generic/openmp"


def test_meson_optional_dependencies_are_not_needed() -> None:
    tree = meson(
        "a = dependency('cairo', required: false)\nb = cc.find_library('jpeg', required: false)\n"
    )
    assert needs(tree) == set()
    assert {"pkgconfig-missing cairo", "library-missing jpeg"} <= optional(tree)


@pytest.mark.parametrize(
    ("value", "arguments", "needed"),
    [
        ("auto", "", False),
        ("enabled", "", True),
        ("disabled", "", False),
        ("auto", "-Dx=enabled", True),
    ],
)
def test_meson_feature_options_decide_about_dependencies(
    value: str, arguments: str, needed: bool
) -> None:
    tree = meson(
        "dependency('cairo', required: get_option('x'))\n",
        **{"meson.options": f"option('x', type: 'feature', value: '{value}')"},
    )
    tree["pyproject.toml"] += f"[tool.meson-python.args]\nsetup = ['{arguments}']\n"
    assert ("pkgconfig-missing cairo" in needs(tree)) is needed


def test_meson_error_makes_a_probe_a_need() -> None:
    """As scikit-learn and numpy look for BLAS by several names."""
    tree = meson(
        "foreach name : ['flexiblas', 'openblas']\n  blas = dependency(name, required: false)\n"
        "  if blas.found()\n    break\n  endif\nendforeach\n"
        "if not blas.found() and not get_option('allow')\n  error('no BLAS')\nendif\n",
        **{"meson_options.txt": "option('allow', type: 'boolean', value: false)"},
    )
    assert "pkgconfig-missing openblas" in needs(tree)


def test_meson_fallbacks_serve_unless_they_are_forbidden() -> None:
    """As pygobject brings GLib's wraps and forbids them in pyproject.toml."""
    tree = meson(
        "dependency('glib-2.0', fallback: ['glib', 'dep'])\ndependency('libffi')\n",
        **{
            "subprojects/glib.wrap": "[wrap-file]\n",
            "subprojects/ffi.wrap": "[wrap-file]\n[provide]\nlibffi = ffi_dep\n",
        },
    )
    assert needs(tree) == set()
    tree["pyproject.toml"] += "[tool.meson-python.args]\nsetup = ['--wrap-mode=nofallback']\n"
    assert {"pkgconfig-missing glib-2.0", "pkgconfig-missing libffi"} <= needs(tree)


def test_meson_uses_the_subprojects_of_the_tree_where_it_must_not_download() -> None:
    wrap = "[wrap-file]\nsource_url = https://example.org/ffi.tar.gz\n"
    tree = meson(
        "dependency('glib-2.0', fallback: ['glib', 'dep'])\ndependency('libffi')\n",
        **{
            "subprojects/glib/meson.build": "project('glib', 'c')\n",
            "subprojects/ffi.wrap": f"{wrap}[provide]\nlibffi = ffi_dep\n",
        },
    )
    tree["pyproject.toml"] += "[tool.meson-python.args]\nsetup = ['--wrap-mode=nodownload']\n"
    found = needs(tree)
    assert "pkgconfig-missing libffi" in found
    assert "pkgconfig-missing glib-2.0" not in found


def test_meson_systems_languages_subdirs_and_programs() -> None:
    tree = meson(
        "if host_machine.system() == 'darwin'\n  add_languages('objcpp')\nendif\n"
        "add_languages('fortran')\nsubdir('src')\nfind_program('bison')\n"
        "find_program('tool.py', 'python3')\n",
        **{
            "src/meson.build": (
                "cc.find_library('cups')\ncc.find_library('m')\nfind_program('gen.py')\n"
            ),
            "src/gen.py": "",
        },
    )
    assert languages(tree) == {"c", "fortran"}
    assert needs(tree) == {"tool-missing bison", "library-missing cups"}
    assert "cxx" in languages(tree, MACOS)


def test_meson_dependencies_from_pypi_are_no_needs() -> None:
    tree = meson(
        "dependency('numpy')\ndependency('pybind11')\ndependency('threads')\n"
        "find_program('cython')\n"
    )
    tree["pyproject.toml"] = tree["pyproject.toml"].replace(
        "'meson-python'", "'meson-python', 'cython', 'numpy'"
    )
    assert needs(tree) == set()


def test_meson_that_cannot_be_parsed_is_no_error() -> None:
    assert languages(meson("if (\n")) == set()
    read(meson("x = " + "(" * 5000))
    read(meson("x = " + "not " * 50000 + "true\n"))


def test_cmake_required_packages_are_needed_and_quiet_ones_are_not() -> None:
    tree = cmake(
        "find_package(HDF5 1.10 REQUIRED)\nfind_package(OpenCV QUIET)\n"
        "find_package(Threads REQUIRED)\n"
        "find_package(Python REQUIRED COMPONENTS Development.Module)\n"
    )
    assert needs(tree) == {"cmake-package-missing HDF5 >=1.10"}
    assert "cmake-package-missing OpenCV" in optional(tree)


def test_cmake_fatal_error_makes_a_probe_a_need() -> None:
    tree = cmake(
        "find_path(FFI_INCLUDE ffi.h)\nfind_library(FFI_LIB NAMES ffi)\n"
        'if(NOT FFI_INCLUDE OR NOT FFI_LIB)\n  message(FATAL_ERROR "libffi not found")\nendif()\n'
    )
    assert needs(tree) == {"library-missing ffi"} or needs(tree) == {
        "library-missing ffi",
        "header-missing ffi.h",
    }


def test_cmake_conditions_options_functions_and_lists() -> None:
    tree = cmake(
        'option(WITH_X "" OFF)\noption(WITH_Y "" ON)\n'
        "function(need name)\n  find_package(${name} REQUIRED)\nendfunction()\n"
        "if(WITH_X)\n  need(HDF5)\nendif()\n"
        "if(WITH_Y AND UNIX AND NOT APPLE AND NOT MSVC)\n  need(CURL)\nendif()\n"
        "set(MODULES libpq)\nlist(APPEND MODULES cairo>=1.15)\n"
        "find_package(PkgConfig REQUIRED)\npkg_check_modules(M REQUIRED ${MODULES})\n"
        "foreach(lang CXX)\n  enable_language(${lang})\nendforeach()\n"
    )
    assert needs(tree) == {
        "cmake-package-missing CURL",
        "tool-missing pkg-config",
        "pkgconfig-missing libpq",
        "pkgconfig-missing cairo >=1.15",
    }
    assert languages(tree) == {"c", "cxx"}


def test_cmake_settings_of_scikit_build_are_heard() -> None:
    tree = cmake("if(WITH_X)\n  find_package(CURL REQUIRED)\nendif()\n")
    assert needs(tree) == set()
    tree["pyproject.toml"] += "[tool.scikit-build.cmake.define]\nWITH_X = true\n"
    assert needs(tree) == {"cmake-package-missing CURL"}


def test_cmake_modules_and_subdirectories_of_the_tree_are_followed() -> None:
    tree = cmake(
        "list(APPEND CMAKE_MODULE_PATH ${CMAKE_CURRENT_SOURCE_DIR}/cmake)\n"
        "find_package(Foo REQUIRED)\n"
        "include(More)\nadd_subdirectory(sub)\nadd_subdirectory(${CMAKE_SOURCE_DIR}/../out)\n",
        **{
            "cmake/FindFoo.cmake": "include(FindPackageHandleStandardArgs)\n"
            "find_library(FOO_LIB cups)\n"
            "find_package_handle_standard_args(Foo DEFAULT_MSG FOO_LIB)\n",
            "cmake/More.cmake": "find_program(B bison REQUIRED)\n",
            "sub/CMakeLists.txt": "find_package(CURL REQUIRED)\n",
        },
    )
    assert needs(tree) == {
        "library-missing cups",
        "tool-missing bison",
        "cmake-package-missing CURL",
    }


def test_cmake_fetched_content_serves_where_nothing_is_found() -> None:
    """As pyzmq bundles libzmq."""
    tree = cmake(
        "find_package(ZeroMQ QUIET)\nif(NOT ZeroMQ_FOUND)\n  include(FetchContent)\n"
        "  FetchContent_Declare(zmq URL https://index.example/z.tar.gz)\n"
        "  FetchContent_MakeAvailable(zmq)\nendif()\n"
        "if(NOT ZeroMQ_FOUND AND NOT TARGET libzmq)\n  message(FATAL_ERROR none)\nendif()\n"
    )
    assert needs(tree) == set()
    assert "cmake-package-missing ZeroMQ" in optional(tree)


def test_what_cmake_fetches_from_a_repository_needs_git() -> None:
    tree = cmake(
        "include(FetchContent)\n"
        "FetchContent_Declare(Abseil GIT_REPOSITORY https://git.example/a/abseil.git)\n"
        "FetchContent_Declare(other URL https://index.example/o.zip)\n"
        "FetchContent_MakeAvailable(abseil other)\n"
    )
    assert needs(tree) == {"tool-missing git"}


def test_a_shell_script_that_runs_cmake_is_followed_to_what_it_configures() -> None:
    """As sentencepiece's build_bundled.sh."""
    tree = {
        "setup.py": "import subprocess\nfrom setuptools import Extension, setup\n"
        "from setuptools.command.build_ext import build_ext\n"
        "class Build(build_ext):\n"
        "    def build_extension(self, ext):\n"
        "        subprocess.check_call(['./bundled.sh'])\n"
        "setup(ext_modules=[Extension('a', ['a.c'])], cmdclass={'build_ext': Build})\n",
        "a.c": "#include <flatbuffers/base.h>\n#include <zlib.h>\n",
        "bundled.sh": "if [ -f lib/CMakeLists.txt ]; then\n  SRC=./lib\nelse\n  SRC=..\nfi\n"
        "cmake ${SRC} -B build \\\n  -DX=ON\ncmake --build build --target install\n",
        "lib/CMakeLists.txt": "project(p C)\nfind_package(CURL REQUIRED)\n"
        "if(NOT X)\n  find_package(GTest REQUIRED)\nendif()\ninclude(FetchContent)\n"
        "FetchContent_Declare(flatbuffers GIT_REPOSITORY https://git.example/f/flatbuffers.git)\n"
        "FetchContent_MakeAvailable(flatbuffers)\n",
    }
    tools = {"tool-missing cmake", "tool-missing make", "tool-missing git"}
    assert needs(tree) == {*tools, "cmake-package-missing CURL", "header-missing zlib.h"}
    assert "header-missing flatbuffers/base.h" in optional(tree)


def test_cmake_itself_comes_from_pypi_with_scikit_build_core() -> None:
    assert needs(cmake("cmake_minimum_required(VERSION 3.26...4.0)\n")) == set()


def test_a_range_of_versions_may_have_two_dots() -> None:
    """As nlopt's CMakeLists.txt says, and CMake bears."""
    script = """
import subprocess
from setuptools import Extension, setup
from setuptools.command.build_ext import build_ext
class Build(build_ext):
    def build_extension(self, ext):
        subprocess.check_call(["cmake", "."])
setup(ext_modules=[Extension("a", [])], cmdclass={"build_ext": Build})
"""
    lists = "cmake_minimum_required(VERSION 3.1.0..3.12)\nproject(p LANGUAGES C)\n"
    found = {one.need for one in read({"setup.py": script, "CMakeLists.txt": lists}).needs}
    assert Need("tool-missing", "cmake", ">=3.1.0") in found


@pytest.mark.parametrize(
    "body",
    [
        "if(\n",
        'set(A "\n',
        "set(A a)\n" + "set(A ${A}${A})\n" * 60,
        "if(" + "NOT " * 50000 + "X)\nendif()",
    ],
)
def test_what_precedes_cmake_that_cannot_be_followed_is_still_read(body: str) -> None:
    assert read(cmake(body)).needs[0].where == "CMakeLists.txt:1"


def test_cargo_says_which_rust_and_what_its_crates_look_for() -> None:
    tree = {
        "pyproject.toml": MATURIN,
        "Cargo.toml": (
            "[package]\nname='p'\nedition='2021'\nrust-version='1.74'\n"
            "[dependencies]\nopenssl='0.10'\n"
            "[dev-dependencies]\npq-sys='1'\n"
            "[target.'cfg(windows)'.dependencies]\nlibsqlite3-sys='1'\n"
        ),
        "Cargo.lock": "version = 4\n"
        + "".join(
            f"[[package]]\nname='{name}'\nversion='0.1.0'\ndependencies={list(needed)}\n"
            for name, needed in {
                "p": ["openssl", "pq-sys", "libsqlite3-sys"],
                "openssl": ["openssl-sys"],
                "openssl-sys": [],
                "pq-sys": [],
                "libsqlite3-sys": [],
            }.items()
        ),
    }
    assert needs(tree) == {"pkgconfig-missing openssl", "tool-missing pkg-config"}
    assert any(str(one.need) == "compiler-missing rust >=1.78" for one in read(tree).needs)
    tree["Cargo.toml"] = tree["Cargo.toml"].replace(
        "'0.10'", "{version='0.10', features=['vendored']}"
    )
    assert needs(tree) == {"tool-missing make", "tool-missing perl"}


def rust_of(tree: dict[str, str]) -> Need:
    found = [one.need for one in read({"pyproject.toml": MATURIN, **tree}).needs]
    return next(need for need in found if need.subject == "rust")


def test_a_locked_crate_may_ask_for_a_newer_rust_than_the_project() -> None:
    lock = "version = 4\n" + "".join(
        f"[[package]]\nname='{name}'\nversion='{version}'\ndependencies={needed}\n"
        for name, version, needed in (
            ("p", "1.0.0", ["pyo3"]),
            ("pyo3", "0.28.3", ["unheard-of"]),
            ("unheard-of", "not a version", []),
            ("jiter", "0.14.0", []),  # of no crate that is built
        )
    )
    manifest = "[package]\nname='p'\nedition='2021'\n[dependencies]\npyo3='0.28'\n"
    need = rust_of({"Cargo.toml": manifest, "Cargo.lock": lock})
    assert (need.required, need.newest) == (">=1.83", False)


@pytest.mark.parametrize(
    ("package", "locked", "newest"),
    [
        ("edition='2024'", True, True),  # as tiktoken 0.14, whose source has what came with 1.88
        ("edition='2024'\nrust-version='1.85'", True, False),
        ("edition='2024'\nrust-version='1.85'", False, True),
        ("edition='2021'", True, False),
        ("edition='2021'", False, True),
    ],
)
def test_where_nothing_bounds_it_the_newest_rust_may_be_needed(
    package: str, locked: bool, newest: bool
) -> None:
    manifest = f"[package]\nname='p'\n{package}\n[dependencies]\nregex='1'\n"
    lock = {"Cargo.lock": "version = 3\n"} if locked else {}
    assert rust_of({"Cargo.toml": manifest, **lock}).newest is newest


@pytest.mark.parametrize(
    ("files", "nightly"),
    [
        ({"src/lib.rs": "//! A crate.\n#![feature(f128)]\nfn f() {}\n"}, True),
        ({"src/lib.rs": '#![cfg_attr(feature = "simd", feature(portable_simd))]\n'}, False),
        ({"src/lib.rs": "// #![feature(f128)]\n"}, False),
        ({"src/lib.rs": "", "other/src/lib.rs": "#![feature(f128)]\n"}, False),
        ({"src/lib.rs": "", "core/src/lib.rs": "#![feature(f128)]\n"}, True),
        ({"src/lib.rs": "#![feature(f128)]\n", "build.rs": '"RUSTC_BOOTSTRAP=1"'}, False),
        (
            {"src/lib.rs": "#![feature(f128)]\n", ".cargo/config.toml": "RUSTC_BOOTSTRAP = '1'"},
            False,
        ),
        ({"rust-toolchain": "nightly-2026-01-01\n"}, True),
        ({"rust-toolchain": "1.80\n"}, False),
        ({"rust-toolchain.toml": "[toolchain]\nchannel = 'nightly'\n"}, True),
        ({"rust-toolchain.toml": "[toolchain]\nchannel = 'stable'  # no nightly\n"}, False),
    ],
)
def test_features_that_no_release_of_rust_has_need_a_nightly_one(
    files: dict[str, str], nightly: bool
) -> None:
    manifest = "[package]\nname='p'\nedition='2021'\n[dependencies]\ncore={path='core'}\n"
    inner = "[package]\nname='core'\nedition='2021'\n"
    need = rust_of({"Cargo.toml": manifest, "core/Cargo.toml": inner, **files})
    assert need.required == ("nightly" if nightly else ">=1.56")


def test_a_feature_of_pyo3_needs_a_nightly_rust() -> None:
    manifest = "[package]\nname='p'\nedition='2021'\n[dependencies.pyo3]\nversion='0.28'\n"
    assert rust_of({"Cargo.toml": f"{manifest}features=['nightly']\n"}).required == "nightly"


def test_a_crate_without_dependencies_needs_no_lock() -> None:
    assert not rust_of({"Cargo.toml": "[package]\nname='p'\nedition='2021'\n"}).newest


@pytest.mark.parametrize(
    ("condition", "here", "expected"),
    [
        ("cfg(windows)", LINUX, False),
        ("cfg(unix)", MACOS, True),
        ('cfg(all(target_os = "linux", not(target_env = "musl")))', LINUX, True),
        ('cfg(any(target_os = "macos", target_arch = "x86_64"))', WINDOWS, True),
        ("cfg(feature_of_tomorrow)", LINUX, None),
        ("x86_64-pc-windows-msvc", LINUX, False),
        ("cfg(" + "not(" * 9000 + ")" * 9001, LINUX, None),
    ],
)
def test_cargo_cfg_conditions_are_evaluated(
    condition: str, here: Surroundings, expected: bool | None
) -> None:
    assert holds(condition, here) is expected


def test_configure_that_the_build_runs_is_read() -> None:
    tree = {
        "setup.py": "import subprocess\nfrom setuptools import setup, Extension\n"
        "subprocess.check_call(['./configure'])\nsetup(ext_modules=[Extension('a', ['a.c'])])",
        "configure": "",
        "configure.ac": "AC_INIT\n"
        "AC_CHECK_LIB([ffi], [ffi_call], [], [AC_MSG_ERROR([no libffi])])\n"
        "AC_CHECK_LIB([cups], [main])\nPKG_CHECK_MODULES([X], [cairo >= 1.15 libpq])\n"
        "PKG_CHECK_MODULES([Y], [gtk4], [], [AC_MSG_WARN([none])])\n"
        "dnl PKG_CHECK_MODULES([Z], [sqlite3])\n",
    }
    assert needs(tree) == {
        "library-missing ffi",
        "pkgconfig-missing cairo >=1.15",
        "pkgconfig-missing libpq",
        "tool-missing pkg-config",
    }
    assert {"library-missing cups", "pkgconfig-missing gtk4"} <= optional(tree)


def test_static_metadata_of_the_project_is_read() -> None:
    tree = {
        "pyproject.toml": (
            "[build-system]\nrequires=['setuptools>=61', \"tomli; python_version < '3'\"]\n"
            "build-backend='setuptools.build_meta'\n[project]\nname='p'\nrequires-python='>=3.10'\n"
            "dependencies=['a>1']\n"
        ),
    }
    reading = read(tree)
    assert reading.backend == "setuptools.build_meta"
    assert reading.build_requires == ("setuptools>=61",)
    assert (reading.name, reading.requires_python, reading.requires) == ("p", ">=3.10", ("a>1",))
    legacy = read(
        {"setup.py": "", "PKG-INFO": "Name: q\nRequires-Dist: b; extra == 'x'\nRequires-Dist: c\n"}
    )
    assert (legacy.name, legacy.requires) == ("q", ("c",))
    assert legacy.build_requires == ("setuptools", "wheel")


def test_extensions_declared_in_pyproject_are_read() -> None:
    tree = {
        "pyproject.toml": (
            "[[tool.setuptools.ext-modules]]\nname='a'\nsources=['a.cpp']\nlibraries=['cups']\n"
        ),
    }
    assert needs(tree) == {"library-missing cups"}
    assert languages(tree) == {"cxx"}


@pytest.mark.parametrize(
    "text",
    ["", "\x00", "[", "[build-system]\nrequires = 3", "[tool]\nmaturin = 1\n[project]\nname = 1"],
)
def test_the_setup_py_beside_a_broken_pyproject_is_still_read(text: str) -> None:
    setup = "from setuptools import Extension, setup\nsetup(ext_modules=[Extension('a', ['a.c'])])"
    found = read({"pyproject.toml": text, "setup.py": setup, "a.c": ""})
    assert "compiler-missing" in {one.need.kind for one in found.needs + found.optional}


def test_includes_are_followed_through_the_tree_and_conditions() -> None:
    tree = {
        "setup.py": (
            "from setuptools import setup, Extension\n"
            "setup(ext_modules=[Extension('a', ['src/a.c', 'b.pyx'])])"
        ),
        "pyproject.toml": "[build-system]\nrequires = ['setuptools', 'cython']\n",
        "src/a.c": '#include <Python.h>\n#include <stdio.h>\n#include "own.h"\n'
        "#if defined(_WIN32)\n#include <sql.h>\n"
        "#elif defined(__APPLE__)\n#include <cups/cups.h>\n#else\n#include <ffi.h>\n#endif\n",
        "src/own.h": "#ifndef OWN_H\n#define OWN_H\n#include <portaudio.h>\n#endif\n",
        "b.pyx": "cdef extern from 'yaml.h':\n    pass\n# distutils: libraries = yaml\n",
    }
    assert needs(tree) == {
        "header-missing portaudio.h",
        "header-missing ffi.h",
        "library-missing yaml",
    }
    assert "header-missing sql.h" in needs(tree, WINDOWS)
    assert "header-missing cups/cups.h" in needs(tree, MACOS)


def test_headers_that_come_from_pypi_are_no_needs() -> None:
    tree = {
        "pyproject.toml": "[build-system]\nrequires = ['setuptools', 'numpy', 'pybind11']",
        "setup.py": (
            "from setuptools import setup, Extension\n"
            "setup(ext_modules=[Extension('a', ['a.cpp'])])"
        ),
        "a.cpp": (
            "#include <numpy/arrayobject.h>\n#include <pybind11/pybind11.h>\n#include <vector>\n"
        ),
    }
    assert needs(tree) == set()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("defined(A) && !defined(B)", True),
        ("defined A || UNKNOWN", True),
        ("!defined(A)", False),
        ("defined(B) && UNKNOWN", False),
        ("UNKNOWN > 3", None),
        ("B > 3", False),
        ("0", False),
        ("(defined(A) && (1 || UNKNOWN))", True),
        ("(" * 40000, None),
    ],
)
def test_preprocessor_conditions_are_evaluated(text: str, expected: bool | None) -> None:
    assert evaluate_condition(text, {"A": True, "B": False}) is expected


def test_else_of_an_unknown_condition_is_unknown_too() -> None:
    text = "#if UNKNOWN\n#include <a.h>\n#else\n#include <b.h>\n#endif\n#include <c.h>\n"
    assert [(name, sure) for name, _, sure, _ in included(text, {}, ())] == [
        ("a.h", False),
        ("b.h", False),
        ("c.h", True),
    ]


@pytest.mark.parametrize(("hooks", "compiled"), [("hooks.custom", True), ("", False)])
def test_hatchlings_hooks_compile_the_c_that_is_there(hooks: str, compiled: bool) -> None:
    """As pymongo's, which runs a script by setuptools."""
    tree = {
        "pyproject.toml": (
            "[build-system]\nrequires = ['hatchling']\nbuild-backend = 'hatchling.build'\n"
            f"[tool.hatch.build.targets.wheel.{hooks or 'sources'}]\npath = 'hatch_build.py'\n"
        ),
        "bson/_cbsonmodule.c": "#include <Python.h>\n",
    }
    assert languages(tree) == ({"c"} if compiled else set())
