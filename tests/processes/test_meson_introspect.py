"""Our reader of Meson beside Meson's own: `meson introspect --scan-dependencies`.

Meson says which dependencies a build file speaks of, without looking for them; the reader says
which of them the build needs. Where no condition and no fallback decides, both must say the same.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from buildfix.core import Need
from tests.unit.sources import read

pytest.importorskip("mesonbuild")
MESON = "[build-system]\nrequires = ['meson-python']\nbuild-backend = 'mesonpy'\n"
WITHIN_PYTHON = {"python3", "threads"}
"""What is there wherever something is built for Python; Meson lists it all the same."""

BINDING = {
    "meson.build": """
project('drawing', 'c', version: '2.1', default_options: ['c_std=c11'])
py = import('python').find_installation(pure: false)
cc = meson.get_compiler('c')

cairo = dependency('cairo', version: '>=1.15.10', required: cc.get_id() != 'msvc')
text = dependency('freetype2', required: get_option('text'))
xcb = dependency('xcb', required: get_option('display'))
z = dependency('zlib')

deps = [cairo, z, dependency('threads')]
foreach one : [text, xcb]
  if one.found()
    deps += one
  endif
endforeach

subdir('src')
""",
    "src/meson.build": """
png = dependency('libpng', version: ['>=1.6', '<2'])
py.extension_module('_drawing', 'drawing.c', dependencies: deps + png, install: true)
""",
    "src/drawing.c": "#include <Python.h>\n#include <cairo.h>\n",
    "meson.options": """
option('text', type: 'feature', value: 'enabled')
option('display', type: 'feature', value: 'auto')
""",
}

NUMBERS = {
    "meson.build": """
project('numbers', 'c', 'cpp', version: '0.3')
py = import('python').find_installation(pure: false)

blas = dependency('openblas', required: false)
if not blas.found()
  blas = dependency('blas', required: false)
endif
if not blas.found()
  error('No BLAS was found.')
endif

hdf5 = dependency('hdf5', language: 'c')
if get_option('mpi')
  mpi = dependency('ompi-c')
endif
if host_machine.system() == 'windows'
  pthreads = dependency('winpthreads')
else
  atomics = dependency('libffi', version: '>=3.3')
endif
lz = dependency('liblz4', fallback: ['lz4', 'liblz4_dep'])

py.extension_module('_numbers', 'numbers.cpp', dependencies: [blas, hdf5, lz], install: true)
""",
    "numbers.cpp": "#include <Python.h>\n",
    "meson_options.txt": "option('mpi', type: 'boolean', value: false)\n",
    "subprojects/lz4.wrap": "[wrap-file]\ndirectory = lz4-1.9\n",
}


def scanned(files: dict[str, str], folder: Path) -> list[dict[str, Any]]:
    """Return the dependencies that Meson sees in a tree."""
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    command = [sys.executable, "-m", "mesonbuild.mesonmain", "introspect", "--scan-dependencies"]
    made = subprocess.run(
        [*command, str(folder / "meson.build")],
        capture_output=True,
        text=True,
        check=True,
    )
    found: list[dict[str, Any]] = json.loads(made.stdout)
    return [one for one in found if one["name"] not in WITHIN_PYTHON]


def sure(files: dict[str, str]) -> dict[str, Need]:
    """Return the modules and packages that our reader is sure of."""
    needs = [one.need for one in read({**files, "pyproject.toml": MESON}).needs if one.sure]
    kinds = ("pkgconfig-missing", "cmake-package-missing", "dependency-missing")
    return {need.subject: need for need in needs if need.kind in kinds}


def spoken_of(files: dict[str, str]) -> set[str]:
    """Return all that our reader saw a build file ask for."""
    reading = read({**files, "pyproject.toml": MESON})
    return {one.need.subject for one in (*reading.needs, *reading.optional)}


@pytest.mark.parametrize("files", [BINDING, NUMBERS], ids=["binding", "numbers"])
def test_dependency_that_meson_requires_is_needed(files: dict[str, str], tmp_path: Path) -> None:
    found = sure(files)
    for one in scanned(files, tmp_path):
        if one["required"] is True and not one["conditional"] and not one["has_fallback"]:
            assert one["name"] in found
            assert (found[one["name"]].required or "") == ",".join(one["version"])


@pytest.mark.parametrize("files", [BINDING, NUMBERS], ids=["binding", "numbers"])
def test_what_is_needed_is_what_meson_sees(files: dict[str, str], tmp_path: Path) -> None:
    assert sure(files).keys() <= {one["name"] for one in scanned(files, tmp_path)}


@pytest.mark.parametrize(
    ("files", "decided_away"),
    [(BINDING, set()), (NUMBERS, {"blas", "ompi-c", "winpthreads"})],
    ids=["binding", "numbers"],
)
def test_dependency_that_meson_sees_is_read(
    files: dict[str, str], decided_away: set[str], tmp_path: Path
) -> None:
    """All but those of branches that are not taken here, or not once another one was found."""
    names = {one["name"] for one in scanned(files, tmp_path)}
    assert names - spoken_of(files) == decided_away


def test_condition_that_meson_leaves_open_is_decided(tmp_path: Path) -> None:
    """Meson only says that a dependency stands under a condition."""
    conditional = {one["name"] for one in scanned(NUMBERS, tmp_path) if one["conditional"]}
    assert {"libffi", "ompi-c", "winpthreads"} <= conditional
    assert conditional & sure(NUMBERS).keys() == {"libffi"}
