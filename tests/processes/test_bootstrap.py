"""`bootstrap.sh` with package managers and Pythons that are put on PATH for it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.tree import ROOT

SCRIPT = ROOT / "src/bootstrap.sh"
pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="POSIX shells only")


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """Give a folder with the script, an archive, and the commands of a machine without Python."""
    shutil.copy(SCRIPT, tmp_path)
    (tmp_path / "buildfix.pyz").touch()
    (tmp_path / "bin").mkdir()
    for name in ("dirname", "cat", "chmod"):
        (tmp_path / "bin" / name).symlink_to(shutil.which(name) or name)
    command(tmp_path, "id", "echo 0")
    return tmp_path


def command(place: Path, name: str, text: str) -> None:
    file = place / "bin" / name
    file.write_text(f"#!/bin/sh\n{text}\n", encoding="utf-8")
    file.chmod(0o755)


def python_of(*, new_enough: bool) -> str:
    """Return the text of a Python that shows how it is run."""
    return f'[ "$1" = -c ] && exit {0 if new_enough else 1}\necho "runs $*"'


def run(place: Path, *words: str, **variables: str) -> subprocess.CompletedProcess[str]:
    argv = ["/bin/sh", "./bootstrap.sh", *words]
    environ = {"PATH": str(place / "bin"), "HOME": os.fspath(place), **variables}
    return subprocess.run(
        argv, cwd=place, env=environ, stdin=subprocess.DEVNULL, capture_output=True, text=True
    )


def test_a_python_that_is_there_runs_the_archive_beside_it(place: Path) -> None:
    command(place, "python3", python_of(new_enough=False))
    command(place, "python3.12", python_of(new_enough=True))
    done = run(place, "--from-source", "lxml")
    assert (done.returncode, done.stdout) == (0, "runs ./buildfix.pyz --from-source lxml\n")


def test_python3_and_nothing_else_is_installed(place: Path) -> None:
    new = python_of(new_enough=True).replace('"', '\\"').replace("$", "\\$")
    command(
        place,
        "apt-get",
        f'echo "apt-get $*"\n[ "$1" = update ] && exit 100\n'
        f'echo "#!/bin/sh\n{new}" > {place}/bin/python3\nchmod 755 {place}/bin/python3',
    )
    done = run(place, "--yes", "lxml")
    assert (done.returncode, done.stdout) == (0, "runs ./buildfix.pyz --yes lxml\n"), done.stderr
    told = [line for line in done.stderr.splitlines() if line.startswith("apt-get")]
    assert told == ["apt-get update", "apt-get install -y --no-install-recommends python3"]


def test_without_consent_nothing_is_installed(place: Path) -> None:
    command(place, "dnf", f"touch {place}/called")
    for words in (("lxml",), ("lxml", "--", "--yes")):
        done = run(place, *words)
        assert done.returncode == 4
        assert "dnf install -y python3" in done.stderr
    assert not (place / "called").exists()


@pytest.mark.parametrize(("words", "variables"), [(["-y"], {}), ([], {"BUILDFIX_YES": "1"})])
def test_another_user_than_root_installs_by_sudo(
    place: Path, words: list[str], variables: dict[str, str]
) -> None:
    command(place, "id", "echo 1000")
    command(place, "apk", "exit 1")
    command(place, "sudo", 'echo "sudo $*"')
    done = run(place, *words, "lxml", **variables)
    assert done.returncode == 4
    assert "sudo -n -- apk add python3" in done.stderr
    assert "older than 3.10" in done.stderr


def test_without_a_package_manager_a_person_is_told_what_to_do(place: Path) -> None:
    done = run(place, "--yes", "lxml")
    assert done.returncode == 4
    assert "Install Python 3.10 or later, then run: python3 ./buildfix.pyz" in done.stderr


def test_the_script_is_clean_to_shellcheck() -> None:
    checker = shutil.which("shellcheck")
    if checker is None:
        pytest.skip("shellcheck is not installed")
    done = subprocess.run([checker, str(SCRIPT)], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout
