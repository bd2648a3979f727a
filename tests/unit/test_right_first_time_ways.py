"""The ways to build that the benchmark compares, in a root that only answers."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, cast

import pytest

from tests.bed import BareRoot, BedError, Stack
from tests.benchmarks.right_first_time.measure import (
    Command,
    Way,
    by_buildfix,
    by_oracle,
    by_pip,
    by_toolchain,
    run_commands,
)
from tests.benchmarks.right_first_time.others import by_external, external_column
from tests.benchmarks.right_first_time.projects import Project, load, select

PIP = ["/v/bin/python", "-m", "pip", "install", "--no-cache-dir"]


class AnsweringRoot:
    """Answers by a command's first word, and remembers what was asked."""

    stack = Stack("none", "trixie", ())

    def __init__(self, answers: Mapping[str, tuple[int, str, str]] | None = None) -> None:
        self.answers = answers or {}
        self.asked: list[tuple[list[str], Mapping[str, str] | None]] = []
        self.limits: list[float] = []

    def run(
        self,
        argv: Sequence[str],
        *,
        env: Mapping[str, str] | None = None,
        timeout: float = 0,
    ) -> subprocess.CompletedProcess[str]:
        self.asked.append((list(argv), env))
        self.limits.append(timeout)
        return subprocess.CompletedProcess(argv, *self.answers.get(argv[0], (0, "", "")))


def test_the_oracle_asks_apt_once_and_pip_once(tmp_path: Path) -> None:
    root = AnsweringRoot()
    course = by_oracle(_bare(root), _project("xmlsec"), tmp_path, 60)
    (update, _), (install, _), (pip, env) = root.asked
    assert update == ["apt-get", "update"]
    assert install[:4] == ["apt-get", "install", "--no-install-recommends", "-y"]
    known = _project("xmlsec").known["trixie"]
    assert install[4:] == ["build-essential", "python3-dev", *known.packages]
    assert pip == [*PIP, *known.pip, "--no-binary", "xmlsec", "xmlsec"]
    assert env == known.env
    assert (course.works, course.failed_builds) == (True, 0)
    assert list(course.parts) == ["update", "apt", "pip"]
    assert course.seconds == pytest.approx(sum(course.parts.values()))


@pytest.mark.parametrize(("way", "asked"), [(by_pip, 1), (by_toolchain, 3)])
def test_a_failing_installer_is_a_failed_build(tmp_path: Path, way: Way, asked: int) -> None:
    said = (
        "error: subprocess-exited-with-error\n  a.c:1:1: fatal error: x.h: no\n  error: cc failed"
    )
    root = AnsweringRoot({PIP[0]: (1, "", f"{said}\nERROR: Failed to build x")})
    course = way(_bare(root), _project("psutil"), tmp_path, 60)
    assert len(root.asked) == asked
    assert (course.works, course.failed_builds) == (False, 1)
    assert course.detail == "pip: a.c:1:1: fatal error: x.h: no"


def test_what_fails_before_the_installer_is_no_failed_build(tmp_path: Path) -> None:
    root = AnsweringRoot({"b": (100, "", "E: no such package")})
    commands = [Command("one", ["a"]), Command("two", ["b"]), Command("three", ["c"])]
    course = run_commands(_bare(root), commands, tmp_path, 50)
    assert [argv for argv, _ in root.asked] == [["a"], ["b"]]
    assert (course.works, course.failed_builds) == (False, 0)
    assert course.detail == "two: E: no such package"
    assert 49 < root.limits[1] < root.limits[0] == 50, "what one takes, the next has not"


def test_success_of_buildfix_is_read_from_its_report(tmp_path: Path) -> None:
    report = {
        "schema": "buildfix.report/1",
        "outcome": "installed",
        "attempts": [{"returncode": 1}, {"returncode": 0}],
        "seconds": {"total": 9.0, "apply": 5.0, "install": 4.0},
    }
    root = AnsweringRoot({"/opt/buildfix/bin/buildfix": (0, json.dumps(report), "")})
    course = by_buildfix(_bare(root), _project("psutil"), tmp_path, 60)
    assert (course.works, course.failed_builds) == (True, 1)
    assert course.parts == {"apply": 5.0, "install": 4.0}


def test_pyproject_external_is_obeyed_as_root(tmp_path: Path) -> None:
    told = json.dumps([["sudo", "apt-get", "install", "--yes", "gcc"]])
    root = AnsweringRoot({"/opt/pyproject-external/bin/python": (0, told, "")})
    course = by_external(_bare(root), _project("psutil"), tmp_path, 60)
    assert [argv[:3] for argv, _ in root.asked[1:]] == [
        ["apt-get", "update"],
        ["apt-get", "install", "--yes"],
        PIP[:3],
    ]
    assert course.works
    silent = AnsweringRoot({"/opt/pyproject-external/bin/python": (1, "", "ValueError: x")})
    course = by_external(_bare(silent), _project("psutil"), tmp_path, 60)
    assert not course.works
    assert course.detail == "pyproject-external: ValueError: x"
    assert len(silent.asked) == 1


def test_pyproject_external_wants_its_metadata(tmp_path: Path) -> None:
    with pytest.raises(BedError, match="external_metadata"):
        external_column("trixie", tmp_path)


def _project(name: str) -> Project:
    return select(load(), [name], heavy=False)[0]


def _bare(root: AnsweringRoot) -> BareRoot:
    return cast(Any, root)  # type: ignore[no-any-return]
