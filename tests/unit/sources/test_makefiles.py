"""A script that runs make needs the compilers of what the makefile makes."""

from __future__ import annotations

import pytest

from tests.unit.sources import languages

SETUP = """
import subprocess, sys
from setuptools import setup
{run}
setup(name="a", version="1", packages=["a"])
"""
CHECKED = 'if subprocess.call(["make", "static"]) != 0:\n    sys.exit(1)'


@pytest.mark.parametrize(
    ("run", "objects", "found"),
    [
        (CHECKED, "build/one.o $(BUILD)/two.o", {"c", "cxx"}),
        (CHECKED, "build/two.o", {"cxx"}),
        (CHECKED, "three.o", set()),
        ("", "build/one.o", set()),
    ],
)
def test_a_script_that_runs_make_compiles_what_the_makefile_has(
    run: str, objects: str, found: set[str]
) -> None:
    tree = {
        "setup.py": SETUP.format(run=run),
        "makefile": f"OBJS = {objects}\nstatic: $(OBJS)\n",
        "src/one.c": "int f;",
        "src/two.cpp": "int f;",
        "tests/three.c": "int f;",
        "a/__init__.py": "",
    }
    assert languages(tree) == found
