"""Root installs into an environment of somebody else's: nothing in it becomes root's."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

import pytest

from tests.bed import BUILDFIX, BareRoot, Stack
from tests.real.test_ways import LOCAL_PROJECT, buildfix, report_of
from tests.real.users import PYTHON, USER, put, with_user

pytestmark = [pytest.mark.bed, pytest.mark.slow]

HOME = f"/home/{USER}"
MINE = f"{HOME}/mine"
NAME_OF_USER = """
import os, pathlib, pwd, sys
pathlib.Path("/tmp/who").open("a").write(pwd.getpwuid(os.geteuid()).pw_name + "\\n")
"""


@pytest.fixture
def root(bed_layer: Callable[[str], Stack]) -> Iterator[BareRoot]:
    with BareRoot(with_user("owner", bed_layer("trixie"))) as one:
        put(one, MINE, {**LOCAL_PROJECT, "setup.py": SETUP}, USER)
        yield one


SETUP = f"{NAME_OF_USER}\nfrom setuptools import setup\nsetup()\n"


def of_root(root: BareRoot, folder: str) -> str:
    return root.check(["find", folder, "-user", "root"])


@pytest.mark.parametrize("more", [{}, {"HOME": HOME}])
def test_root_installs_into_a_users_environment_as_that_user(
    root: BareRoot, more: Mapping[str, str]
) -> None:
    """The second way is sudo's where it keeps HOME."""
    done = buildfix(root, "--yes", "--json", "--python", PYTHON, MINE, env=more)
    report = report_of(done)
    assert (done.returncode, report["outcome"]) == (0, "installed"), done.stderr
    assert set(report["verified"]["modules"]) == {"mine", "mine._ext"}
    assert f"belongs to {USER}" in done.stderr
    assert set(root.path("/tmp/who").read_text().split()) == {USER}
    assert of_root(root, HOME) == ""
    assert root.path("/root/.local/state/buildfix/log").is_dir()


def test_constraints_jobs_and_the_wheelhouse_reach_a_build_of_that_user(root: BareRoot) -> None:
    """Numpy 1.26's kin: webrtcvad needs setuptools held back, which is written to a file."""
    root.check(["install", "--directory", "--owner", USER, f"{HOME}/wheels"])
    done = buildfix(
        root,
        *("--yes", "--json", "--python", PYTHON, "--from-source"),
        *("--wheelhouse", f"{HOME}/wheels", "--jobs", "2", "pyyaml==5.4.1"),
    )
    report = report_of(done)
    assert (done.returncode, report["outcome"]) == (0, "installed"), done.stderr
    assert list(root.path(f"{HOME}/wheels").glob("*.whl"))
    assert of_root(root, HOME) == ""


def test_what_that_user_cannot_reach_is_named_and_nothing_is_done(root: BareRoot) -> None:
    put(root, "/srv/mine", LOCAL_PROJECT)  # root's: the user's build could not write there
    before = root.check(["dpkg-query", "--show"])
    done = root.run([BUILDFIX, "--yes", "--python", PYTHON, "/srv/mine"])
    assert done.returncode == 4, done.stderr
    assert f"belongs to {USER}" in done.stderr
    assert "/srv/mine" in done.stderr
    assert root.check(["dpkg-query", "--show"]) == before
    assert of_root(root, HOME) == ""
