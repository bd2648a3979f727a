"""Which format of sources a project has."""

from __future__ import annotations

import pytest

from buildfix.analysis.archive import kept_bytes
from buildfix.analysis.formats import format_of, formats
from buildfix.analysis.pyproject import read_project
from tests.unit.sources import LINUX, Tree, languages, needs, read


def test_each_backend_belongs_to_one_source_format() -> None:
    backends = [backend for one in formats().values() for backend in one.backends]
    assert len(backends) == len(set(backends))


@pytest.mark.parametrize(
    ("requires", "backend", "path", "name"),
    [
        ("meson-python", "mesonpy", "", "meson_python"),
        ("scikit-build-core", "scikit_build_core.build", "", "scikit_build"),
        ("maturin", "maturin", "", "maturin"),
        ("setuptools", "setuptools.build_meta:__legacy__", "", "setuptools"),
        ("strange", "strange.api", "", "setuptools"),
        ("flit_core", "flit_core.buildapi", "", "pure"),
        ("hatchling', 'scikit-build-core", "hatchling.build", "", "scikit_build"),
        ("meson-python", "mine", "backend-path = ['.']", "meson_python"),
        ("sip", "sipbuild.api", "", "sip"),
        ("cmeel[build]", "cmeel", "", "cmeel"),
        ("setuptools', 'maturin", "setuptools.build_meta", "", "setuptools"),
    ],
)
def test_build_backend_selects_source_format(
    requires: str, backend: str, path: str, name: str
) -> None:
    text = f"[build-system]\nrequires = ['{requires}']\nbuild-backend = '{backend}'\n{path}\n"
    project = read_project(Tree({"pyproject.toml": text}), LINUX)
    assert format_of(project) is formats()[name]


SIP = "[build-system]\nrequires = ['sip', {more}]\nbuild-backend = 'sipbuild.api'\n"


def test_sip_compiles_what_it_generates() -> None:
    tree = {"pyproject.toml": SIP.format(more=""), "a.sip": "%Module a\n"}
    assert languages(tree) == {"cxx"}
    assert needs(tree) == set()


@pytest.mark.parametrize(
    ("metadata", "qmake"),
    [
        ("name = 'PyQt5'  # not PyQt6", "qmake"),
        ("name = 'PyQt6'", "qmake6"),
        ("name = 'QScintilla'\nrequires-dist = 'PyQt5 (>=5.15.4)'", "qmake"),
        ("name = 'demo'\nrequires-dist = ['PyQt6-Charts']", "qmake6"),
    ],
)
def test_pyqt_builder_runs_the_qmake_of_its_qt(metadata: str, qmake: str) -> None:
    text = SIP.format(more="'PyQt-builder >=1.14'") + f"[tool.sip.metadata]\n{metadata}\n"
    assert needs({"pyproject.toml": text}) == {f"tool-missing {qmake}", "tool-missing make"}


def test_the_name_tells_the_qt_and_the_bindings_its_modules() -> None:
    text = SIP.format(more="'PyQt-builder >=1.19'") + (
        "[project]\nname = 'PyQt6-WebEngine'\nversion = '6.11.0'\n"
        "[tool.sip.bindings.QtWebEngineCore]\nqmake-QT = ['webenginecore', '-gui', 'unknown']\n"
    )
    assert needs({"pyproject.toml": text}) == {
        "cmake-package-missing Qt6webenginecore",
        "tool-missing qmake6",
        "tool-missing make",
    }


def test_cmeel_runs_cmake_and_make() -> None:
    tree = {
        "pyproject.toml": (
            "[build-system]\nrequires = ['cmeel[build]']\nbuild-backend = 'cmeel'\n"
            "[tool.cmeel]\nsource = 'src'\n"
        ),
        "src/CMakeLists.txt": (
            "project(a CXX)\ninclude(ExternalProject)\n"
            "ExternalProject_Add(boost URL https://example.org/boost_1_90_0.tar.bz2)\n"
        ),
    }
    assert needs(tree) == {"tool-missing make"}
    assert languages(tree) == {"cxx"}
    assert [one.host for one in read(tree).downloads] == ["example.org"]


def test_libraries_come_with_the_build_requirements_of_cmeel() -> None:
    required = "'cmeel[build]', 'cmeel-console-bridge', 'my-cmeel-jsoncpp', 'pin[build]'"
    tree = {
        "pyproject.toml": f"[build-system]\nrequires = [{required}]\nbuild-backend = 'cmeel'\n",
        "CMakeLists.txt": "project(a CXX)\n"
        + "".join(
            f"find_package({name} REQUIRED)\n"
            for name in ("console_bridge", "jsoncpp", "pinocchio", "Boost", "OpenSSL")
        ),
    }
    assert needs(tree) == {"tool-missing make", "cmake-package-missing OpenSSL"}


@pytest.mark.parametrize(("hook", "found"), [("cython", {"c"}), ("mypyc", {"c"}), ("vcs", set())])
def test_hooks_of_hatchling_compile(hook: str, found: set[str]) -> None:
    tree = {
        "pyproject.toml": (
            "[build-system]\nrequires = ['hatchling']\nbuild-backend = 'hatchling.build'\n"
            f"[tool.hatch.build.targets.wheel.hooks.{hook}]\n"
        ),
        "a/b.pyx": "",
        "tests/c.pyx": "# distutils: language = c++\n",
    }
    assert languages(tree) == found


POETRY = (
    "[build-system]\nrequires = ['poetry-core', 'setuptools']\n"
    "build-backend = 'poetry.core.masonry.api'\n{build}\n"
)
EXTENSION = "Extension('a', ['a.c'], libraries=['z'])"


@pytest.mark.parametrize(
    "script",
    [
        f"def build(setup_kwargs):\n    setup_kwargs.update(ext_modules=[{EXTENSION}])\n",
        f"if __name__ == '__main__':\n    setup(ext_modules=[{EXTENSION}])\n",
        "def build():\n    command = build_ext(Distribution({'ext_modules': "
        f"[{EXTENSION}]}}))\n    command.run()\nbuild()\n",
    ],
)
@pytest.mark.parametrize(
    "build", ["[tool.poetry.build]\nscript = 'build.py'", "[tool.poetry]\nbuild = 'build.py'"]
)
def test_the_build_script_of_poetry_is_followed(build: str, script: str) -> None:
    imports = "from setuptools import Distribution, Extension, setup\n"
    imports += "from setuptools.command.build_ext import build_ext\n"
    tree = {"pyproject.toml": POETRY.format(build=build), "build.py": imports + script, "a.c": ""}
    assert needs(tree) == {"library-missing z"}
    assert languages(tree) == {"c"}


def test_a_script_that_runs_cargo_needs_the_rust_of_the_crates() -> None:
    build = "[tool.poetry.build]\nscript = 'build.py'"
    tree = {
        "pyproject.toml": POETRY.format(build=build),
        "build.py": "import subprocess\nsubprocess.run(['cargo', 'build'], check=True)\n",
        "Cargo.toml": "[workspace.package]\nrust-version = '1.97.1'\n",
    }
    found = [one.need for one in read(tree).needs if one.need.subject == "rust"]
    assert [one.required for one in found] == [">=1.97.1"]
    del tree["Cargo.toml"]
    assert languages(tree) == {"rust"}


def test_a_setting_beside_setup_py_says_what_is_built() -> None:
    tree = {
        "setup.py": (
            "from setuptools import Extension, setup\n"
            "with open('TARGET.env') as file:\n    target = file.read().strip()\n"
            "if target == 'c':\n    found = Extension('a', ['a.c'])\n"
            "else:\n    found = Extension('a', ['a.cpp'])\n"
            "setup(ext_modules=[found])\n"
        ),
        "TARGET.env": "c\n",
    }
    assert languages(tree) == {"c"}
    assert kept_bytes("p-1/src/lib.rs"), "which says whether it needs a nightly Rust"
    assert kept_bytes("p-1/TARGET.env") and kept_bytes("p-1/GDAL_VERSION")
    assert not kept_bytes("p-1/data/TARGET.env") and not kept_bytes("p-1/a.bin")
