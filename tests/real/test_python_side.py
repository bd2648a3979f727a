"""Old projects, undeclared modules and modules that do not fit, for real, in bare Debian roots.

The cases that take longer are in `tests/real/long`.
"""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.bed import BUILDFIX, TARGET_PYTHON, BareRoot, Stack
from tests.bed.roots import TOOLCHAIN, command_layer
from tests.real.users import put

pytestmark = [pytest.mark.bed, pytest.mark.slow]

FIXED = [
    pytest.param("trixie", "cx_Oracle==8.3.0", "cx_Oracle", "setuptools<81", id="pkg_resources"),
    pytest.param("trixie", "PyYAML==5.4.1", "yaml", "Cython<3", id="cython-3"),
    pytest.param("bookworm", "demjson==2.2.4", "demjson", "setuptools<58", id="use_2to3"),
]
REFUSED = [
    pytest.param("numpy==1.19.5", "numpy==2.1.0", 1, id="old-numpy"),
    pytest.param("cchardet==2.1.7", "cchardet==2.2.0", 0, id="longintrepr"),
    pytest.param("demjson==2.2.4", None, 0, id="use_2to3-without-lib2to3"),
]
LOCAL = """
[build-system]
requires = ["setuptools"]
build-backend = "flit_core.buildapi"
[project]
name = "mine"
version = "1"
description = "mine"
"""
UNDECLARED = """
name = "pycocotools"
source = "setup.py of 2.0.0"
undeclared = ["numpy", "Cython"]
"""
LIBRARY = "int vs_open(void) { return 1; }\n"
NEWER_LIBRARY = LIBRARY + "int vs_extra(void) { return 2; }\n"
VERSIONS = "VS_1.0 { global: vs_open; local: *; };\n"
NEWER_VERSIONS = VERSIONS + "VS_2.0 { global: vs_extra; } VS_1.0;\n"
MODULE = {
    "pyproject.toml": """
[build-system]
requires = ["setuptools"]
build-backend = "setuptools.build_meta"
[project]
name = "buildfix-versioned"
version = "1"
""",
    "PKG-INFO": "Metadata-Version: 2.1\nName: buildfix-versioned\nVersion: 1\n",
    "setup.py": """
from pathlib import Path
from setuptools import Extension, setup
newer = b"vs_extra" in Path("/usr/local/lib/libvs.so.1").read_bytes()
macros = [("EXTRA", "1")] if newer else []
setup(ext_modules=[Extension("_versioned", ["m.c"], libraries=["vs"], define_macros=macros)])
""",
    "m.c": """
#include <Python.h>
int vs_open(void);
int vs_extra(void);
static PyObject *answer(PyObject *self, PyObject *none) {
#ifdef EXTRA
    return PyLong_FromLong(vs_extra());
#else
    return PyLong_FromLong(vs_open());
#endif
}
static PyMethodDef methods[] = {{"answer", answer, METH_NOARGS, 0}, {0}};
static struct PyModuleDef module = {PyModuleDef_HEAD_INIT, "_versioned", 0, -1, methods};
PyMODINIT_FUNC PyInit__versioned(void) { return PyModule_Create(&module); }
""",
}


@pytest.fixture
def root_of(bed_layer: Callable[[str], Stack]) -> Iterator[Callable[[str], BareRoot]]:
    """Give what opens a root with a C compiler, of a suite."""
    opened: list[BareRoot] = []

    def open_root(suite: str) -> BareRoot:
        root = BareRoot(command_layer("toolchain", bed_layer(suite), TOOLCHAIN))
        opened.append(root.__enter__())
        return root

    yield open_root
    for root in opened:
        root.close()


def ended(root: BareRoot, *words: str) -> subprocess.CompletedProcess[str]:
    done = root.run(
        [BUILDFIX, "fix", "--yes", "--json", "--python", TARGET_PYTHON, *words], timeout=1500
    )
    assert "/opt/buildfix/lib" not in done.stderr, done.stderr  # no traceback of its own
    return done


def report(done: subprocess.CompletedProcess[str]) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(done.stdout)
    return document


def causes(story: dict[str, Any]) -> list[tuple[str, str]]:
    found = [one["diagnosis"]["cause"] for one in story["attempts"] if one["diagnosis"]]
    return [(cause["kind"], cause["subject"]) for cause in found]


@pytest.mark.parametrize(("suite", "asked", "module", "held"), FIXED)
def test_what_a_build_requires_is_held(
    root_of: Callable[[str], BareRoot], suite: str, asked: str, module: str, held: str
) -> None:
    story = report(ended(root_of(suite), "--from-source", asked))
    assert story["outcome"] == "installed"
    assert module in story["verified"]["modules"]
    assert [held] in [step.get("constraints") for step in story["applied"]]


def test_a_part_that_was_left_out_is_told_not_failed(root_of: Callable[[str], BareRoot]) -> None:
    story = report(ended(root_of("trixie"), "--from-source", "PyYAML==5.4.1"))
    assert story["outcome"] == "installed"
    (told,) = (one["missing"] for one in story["degraded"])
    assert told.startswith("only as pure Python")


@pytest.mark.parametrize(("asked", "instead", "builds"), REFUSED)
def test_a_release_that_is_too_old_for_this_python_is_refused(
    root_of: Callable[[str], BareRoot], asked: str, instead: str | None, builds: int
) -> None:
    done = ended(root_of("trixie"), "--from-source", asked)
    story = report(done)
    assert (done.returncode, story["outcome"]) == (1, "unfixed")
    assert causes(story) == [("python-unsupported", "3.13")] * builds
    assert "3.13" in story["reason"]
    pins = [step["pins"] for step in story["todo"]]
    assert pins == ([[instead]] if instead else [])


def test_a_local_project_with_an_undeclared_backend_is_built_without_isolation(
    root_of: Callable[[str], BareRoot],
) -> None:
    root = root_of("trixie")
    put(root, "/mine", {"pyproject.toml": LOCAL, "mine.py": '"""Mine."""\n'})
    story = report(ended(root, "/mine"))
    assert story["outcome"] == "installed"
    assert "--no-build-isolation" in story["attempts"][-1]["argv"]
    assert root.path("/mine/pyproject.toml").read_text(encoding="utf-8") == LOCAL


def test_a_foreign_projects_backend_is_installed_and_isolation_switched_off(
    root_of: Callable[[str], BareRoot],
) -> None:
    root = root_of("trixie")
    files = {
        "pyproject.toml": LOCAL.replace('"mine"', '"buildfix-standin"'),
        "buildfix_standin.py": '"""Mine."""\n',
        "PKG-INFO": "Metadata-Version: 2.1\nName: buildfix-standin\nVersion: 1\n",
    }
    put(root, "/s/buildfix_standin-1", files)
    root.check(["tar", "-czf", "/s/buildfix_standin-1.tar.gz", "-C", "/s", "buildfix_standin-1"])
    story = report(ended(root, "buildfix-standin", "--", "--find-links", "/s"))
    assert story["outcome"] == "installed"
    assert causes(story) == [("backend-missing", "flit_core.buildapi")]
    assert "--no-build-isolation" in story["attempts"][-1]["argv"]


def test_what_a_recipe_says_is_undeclared_is_there_before_the_build(
    root_of: Callable[[str], BareRoot],
) -> None:
    root = root_of("trixie")
    put(root, "/r/projects", {"pycocotools.toml": UNDECLARED})
    story = report(ended(root, "--from-source", "--recipes", "/r", "pycocotools==2.0.0"))
    assert story["outcome"] == "installed"
    assert causes(story) == []


def test_a_module_of_a_newer_library_is_built_anew(root_of: Callable[[str], BareRoot]) -> None:
    root = root_of("trixie")
    put(root, "/s/buildfix_versioned-1", MODULE)
    packed = ["-czf", "/s/buildfix_versioned-1.tar.gz", "-C", "/s", "buildfix_versioned-1"]
    root.check(["tar", *packed])  # before a build leaves what it compiled beside the sources
    put(root, "/vs", {"new.c": NEWER_LIBRARY, "new.map": NEWER_VERSIONS})
    put(root, "/vs", {"old.c": LIBRARY, "old.map": VERSIONS})
    compile_library(root, "new")
    root.check([TARGET_PYTHON, "-m", "pip", "wheel", "-w", "/s", "/s/buildfix_versioned-1"])
    compile_library(root, "old")
    story = report(ended(root, "buildfix-versioned", "--", "--find-links", "/s"))
    assert (story["outcome"], causes(story)) == ("installed", [("abi-mismatch", "VS_2.0")])
    says = story["attempts"][0]["diagnosis"]["says"]
    assert "libvs.so.1 that provides VS_2.0; the installed libvs.so.1 only provides" in says
    assert story["attempts"][-1]["argv"][-1] == "buildfix-versioned==1"


def compile_library(root: BareRoot, name: str) -> None:
    script = f"-Wl,--version-script=/vs/{name}.map"
    flags = ["-shared", "-fPIC", "-Wl,-soname,libvs.so.1", script]
    root.check(["gcc", *flags, "-o", "/usr/local/lib/libvs.so.1", f"/vs/{name}.c"])
    root.check(["ln", "-sf", "libvs.so.1", "/usr/local/lib/libvs.so"])
    root.check(["ldconfig"])


def test_a_module_of_numpy_1_gets_numpy_1(root_of: Callable[[str], BareRoot]) -> None:
    story = report(ended(root_of("bookworm"), "shapely==2.0.1"))
    assert story["outcome"] == "installed"
    assert causes(story) == [("abi-mismatch", "numpy")]
    assert story["applied"][-1]["argv"][-1] == "numpy<2"
