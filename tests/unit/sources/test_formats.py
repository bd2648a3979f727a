"""Which format of sources a project has."""

from __future__ import annotations

import pytest

from buildfix.analysis.formats import format_of, formats
from buildfix.analysis.pyproject import read_project
from tests.unit.sources import LINUX, Tree, languages, needs


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
