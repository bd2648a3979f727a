"""Compiled objects from a cache, in bare roots with ccache: found again, and never a wrong one."""

from __future__ import annotations

import hashlib
import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from buildfix.engine.object_cache import processor
from tests.bed import BUILDFIX, TARGET_PYTHON, BareRoot, Stack, base_root, command_layer
from tests.bed.roots import TOOLCHAIN
from tests.real.test_wheelhouse import wheelhouse
from tests.real.users import put

pytestmark = [pytest.mark.bed, pytest.mark.slow]

CCACHE = (*TOOLCHAIN[:-1], ("apt-get", "install", "-y", "--no-install-recommends", "ccache"))
MODULE = """
#include <Python.h>
HEAD
#ifndef FLAG
#define FLAG 0
#endif
static PyObject *tell(PyObject *self, PyObject *none) { return PyLong_FromLong(VALUE + FLAG); }
static PyMethodDef methods[] = {{"tell", tell, METH_NOARGS, ""}, {0}};
static struct PyModuleDef module = {PyModuleDef_HEAD_INIT, "NAME", 0, -1, methods};
PyMODINIT_FUNC PyInit_NAME(void) { return PyModule_Create(&module); }
"""
HEADS = {
    "mine_plain": "#define VALUE 1",
    "mine_header": '#include "value.h"',
    "mine_asks": """
#if __has_include(<more_of_mine.h>)
#include <more_of_mine.h>
#else
#define VALUE 1
#endif
""",
}
PROJECT = {
    "pyproject.toml": """
[build-system]
requires = ["setuptools"]
build-backend = "setuptools.build_meta"
[project]
name = "mine"
version = "1"
""",
    "setup.py": f"""
from setuptools import Extension, setup
setup(packages=[], ext_modules=[Extension(name, [name + ".c"]) for name in {list(HEADS)}])
""",
    "value.h": "#define VALUE 1\n",
    **{
        f"{name}.c": MODULE.replace("HEAD\n", f"{head}\n").replace("NAME", name)
        for name, head in HEADS.items()
    },
}
SDIST = "/mine-1.tar.gz"
PACK = ("tar", "-C", "/", "--transform=s/^mine/mine-1/", "-czf")  # built in a random folder
TELL = f"""
import {", ".join(HEADS)}
for one in ({", ".join(HEADS)}):
    print(one.tell(), one.__file__)
"""
STRIP = ("strip", "--strip-debug", "--remove-section=.note.gnu.build-id")


def built(root: BareRoot, cache: str, **env: str) -> tuple[list[int], list[str]]:
    """Build the project; return what its modules tell, and their hashes without paths."""
    words = ["fix", "--yes", "--cache", cache, "--python", TARGET_PYTHON, SDIST]
    root.check([*PACK, SDIST, "mine"])
    done = root.run([BUILDFIX, *words, "--", "--force-reinstall", "--no-cache-dir"], env=env)
    assert done.returncode == 0, done.stdout + done.stderr
    rows = [line.split() for line in root.check([TARGET_PYTHON, "-c", TELL]).splitlines()]
    root.check([*STRIP, *(path for _, path in rows)])
    contents = [root.path(path).read_bytes() for _, path in rows]
    return [int(value) for value, _ in rows], [hashlib.sha256(one).hexdigest() for one in contents]


def hits_and_misses(root: BareRoot, folder: str) -> tuple[int, int]:
    """Return how often ccache found an object and how often not, and count anew."""
    env = {"CCACHE_DIR": folder}
    text = root.check(["ccache", "--print-stats"], env=env)
    root.check(["ccache", "--zero-stats"], env=env)
    counts = {name: int(value) for name, value in re.findall(r"^(\w+)\t(\d+)$", text, re.M)}
    hits = counts["direct_cache_hit"] + counts["preprocessed_cache_hit"]
    return hits, counts["cache_miss"]


def test_an_object_is_found_again_unless_anything_of_it_changed(
    bed_layer: Callable[[str], Stack],
) -> None:
    with BareRoot(command_layer("ccache", bed_layer("trixie"), CCACHE)) as root:
        put(root, "/mine", PROJECT)
        plain = built(root, "off")
        assert built(root, "/c") == plain == ([1, 1, 1], plain[1])
        assert hits_and_misses(root, f"/c/ccache/{processor()}") == (0, 3)
        assert built(root, "/c") == plain
        assert hits_and_misses(root, f"/c/ccache/{processor()}") == (3, 0)

        put(root, "/mine", {"value.h": "#define VALUE 2\n"})
        put(root, "/usr/local/include", {"more_of_mine.h": "#define VALUE 3\n"})
        values, hashes = built(root, "/c")
        assert (values, hashes[0]) == ([1, 2, 3], plain[1][0])
        assert hits_and_misses(root, f"/c/ccache/{processor()}") == (1, 2)

        assert built(root, "/c", CFLAGS="-DFLAG=10")[0] == [11, 12, 13]
        assert hits_and_misses(root, f"/c/ccache/{processor()}") == (0, 3)
        root.check(["sh", "-c", "echo >> $(readlink -f /usr/bin/x86_64-linux-gnu-gcc)"])
        assert built(root, "/c", CFLAGS="-DFLAG=10")[0] == [11, 12, 13]
        assert hits_and_misses(root, f"/c/ccache/{processor()}") == (0, 3)  # it is another compiler


def test_a_wheelhouse_keeps_objects_of_copies(tmp_path: Path, clean_bed: None) -> None:  # noqa: ARG001
    (tmp_path / "r.txt").write_text("--no-binary bsdiff4\nbsdiff4\n")
    objects = tmp_path / "objects"
    hashes = []
    with BareRoot(command_layer("ccache", base_root("trixie"), CCACHE)) as root:
        words = ("-r", "r.txt", "--target", f"chroot:{root.path('/')}", "--cache", str(objects))
        for out, counted in (("one", (0, 1)), ("other", (1, 1))):
            done = wheelhouse("build", *words, "--out", out, "--json", cwd=tmp_path)
            assert done.returncode == 0, done.stdout + done.stderr
            (report,) = json.loads(done.stdout)["targets"]
            described = json.loads((tmp_path / out / report["target"] / "target.json").read_text())
            hashes.append(described["wheels"])
            shutil.copytree(objects / "bsdiff4/ccache" / processor(), root.path(f"/{out}"))
            assert hits_and_misses(root, f"/{out}") == counted
        assert not list(root.path("/").glob(".buildfix-*"))
    assert hashes[0] == hashes[1]
