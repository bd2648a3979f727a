"""What a user without root, and without sudo, can build on a bare Debian."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.bed import BUILDFIX, TARGET_PYTHON, BareRoot

pytestmark = [pytest.mark.bed, pytest.mark.slow]


@pytest.fixture
def user(bare_root: BareRoot) -> str:
    bare_root.run(["sh", "-c", "useradd --create-home joe && chown --recursive joe /v"])
    return "joe"


def build(root: BareRoot, user: str, project: str, **variables: str) -> dict[str, Any]:
    done = root.run(
        [BUILDFIX, "--yes", "--json", "--from-source", "--python", TARGET_PYTHON, project],
        env={"HOME": f"/home/{user}", **variables},
        user=user,
        timeout=1500,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    report: dict[str, Any] = json.loads(done.stdout)
    return report


@pytest.mark.parametrize("project", ["psutil", "cffi"])
def test_packages_are_unpacked_into_the_users_own_folder(
    bare_root: BareRoot, user: str, project: str
) -> None:
    before = bare_root.run(["dpkg-query", "--show"]).stdout
    report = build(bare_root, user, project)
    assert len(report["attempts"]) == 1
    unpacked = report["applied"][0]
    assert (unpacked["manager"], unpacked["privileged"]) == ("apt", False)
    assert bare_root.run(["dpkg-query", "--show"]).stdout == before


def test_where_packages_cannot_be_unpacked_pypis_compiler_serves(
    bare_root: BareRoot, user: str
) -> None:
    bare_root.run(
        ["apt-get", "install", "--yes", "--no-install-recommends", "python3-dev"], timeout=600
    )
    bare_root.run(["rm", "--force", "/usr/bin/dpkg-deb"])
    report = build(bare_root, user, "psutil")
    installed = report["applied"][0]
    assert installed["argv"][-1] == "ziglang"


COMPILED = {"psycopg2": "psycopg2._psycopg", "pylibacl": "posix1e", "python-ldap": "_ldap"}
"""Projects with a library that a machine with a compiler lacks, and what loads it."""


@pytest.fixture
def compiler(bare_root: BareRoot) -> None:
    packages = ("build-essential", "python3-dev")
    bare_root.run(["apt-get", "update"])
    done = bare_root.run(["apt-get", "install", "--yes", "--no-install-recommends", *packages])
    assert done.returncode == 0, done.stdout


def loads(root: BareRoot, user: str, project: str, **variables: str) -> bool:
    """Build a project; nothing of the run's environment is there when its module is loaded."""
    report = build(root, user, project, **variables)
    assert len(report["attempts"]) == 1
    assert report["applied"][0]["privileged"] is False
    loaded = root.run([TARGET_PYTHON, "-I", "-c", f"import {COMPILED[project]}"], user=user)
    return loaded.returncode == 0


@pytest.mark.usefixtures("compiler")
def test_headers_are_unpacked_beside_the_systems_compiler(bare_root: BareRoot, user: str) -> None:
    for project in COMPILED:  # each finds what the ones before have left in the folder
        assert loads(bare_root, user, project), project


@pytest.mark.usefixtures("compiler")
def test_headers_are_unpacked_for_a_compiler_by_its_path(bare_root: BareRoot, user: str) -> None:
    assert loads(bare_root, user, "pylibacl", CC="/usr/bin/gcc")
