"""`undo` in a bare Debian root: packages and environment are as they were before the run.

`BUILDFIX_LONG=1` takes back ten projects in place of one.
"""

from __future__ import annotations

import os
from typing import Any

import pytest

from tests.bed import TARGET_PYTHON, BareRoot
from tests.real.test_ways import buildfix, report_of

pytestmark = [pytest.mark.bed, pytest.mark.slow]

PROJECTS = ("psycopg2", "psutil", "lxml", "pycurl", "netifaces", "bsdiff4", "pillow", "cffi")
LONG = "BUILDFIX_LONG" in os.environ
TAKEN_BACK = (*PROJECTS, "pyyaml", "markupsafe") if LONG else PROJECTS[:1]


def state_of(root: BareRoot, python: str = TARGET_PYTHON) -> tuple[str, str]:
    """Return what `dpkg -l` and the folders of an environment list."""
    folder = python.removesuffix("/bin/python")
    files = root.check(["find", folder, "-not", "-name", "*.pyc", "-not", "-name", "__pycache__"])
    return root.check(["dpkg", "-l"]), "\n".join(sorted(files.splitlines()))


def undo(root: BareRoot, *words: str) -> dict[str, Any]:
    done = buildfix(root, "undo", "--yes", "--json", *words)
    report = report_of(done)
    assert (done.returncode, report["outcome"]) == (0, "undone"), report["reason"]
    return report


@pytest.mark.parametrize("project", TAKEN_BACK)
def test_packages_and_environment_are_as_before(bare_root: BareRoot, project: str) -> None:
    before = state_of(bare_root)
    words = ("--yes", "--from-source", "--python", TARGET_PYTHON, project)
    assert buildfix(bare_root, *words).returncode == 0
    after = state_of(bare_root)
    assert after != before
    plan = report_of(buildfix(bare_root, "undo", "--dry-run", "--json"))
    assert plan["schema"] == "buildfix.plan/1"
    assert state_of(bare_root) == after
    undo(bare_root)
    assert state_of(bare_root) == before
    runs = report_of(buildfix(bare_root, "history", "--json"))["runs"]
    assert [one["outcome"] for one in runs] == ["undone", "installed"]
    assert runs[0]["undoes"] == runs[1]["name"]
    assert buildfix(bare_root, "undo").returncode == 2
    assert "Nothing to undo" in buildfix(bare_root, "undo", "2").stdout


def test_what_a_later_run_uses_stays_until_that_is_undone(bare_root: BareRoot) -> None:
    other = "/w/bin/python"
    before = state_of(bare_root)
    bare_root.check([TARGET_PYTHON, "-m", "venv", "/w"])
    for python in (TARGET_PYTHON, other):
        words = ("--yes", "--from-source", "--python", python, "psycopg2")
        assert buildfix(bare_root, *words).returncode == 0
    report = undo(bare_root, "2")
    assert "libpq5" in report["reason"]
    packages = bare_root.check(["dpkg", "-l"])
    assert " libpq5" in packages
    assert " gcc " not in packages
    bare_root.check([other, "-c", "import psycopg2"])
    undo(bare_root, "2")
    undo(bare_root, "4")
    assert state_of(bare_root) == before


def test_environment_that_the_run_created_goes_as_a_whole(bare_root: BareRoot) -> None:
    before = bare_root.check(["dpkg", "-l"])
    words = ("--yes", "--from-source", "--python", "/usr/bin/python3", "markupsafe")
    assert buildfix(bare_root, *words).returncode == 0
    made = bare_root.path("/.venv")
    assert (made / "pyvenv.cfg").is_file()
    undo(bare_root)
    assert not made.exists()
    assert bare_root.check(["dpkg", "-l"]) == before
