"""`buildfix shim`: a `pip` on PATH whose installs go through buildfix."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.tree import ROOT

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="shell scripts")

ALONE = ("--no-build-isolation",)  # so that the build has pip
PROJECT = """
[build-system]
requires = []
build-backend = "backend"
backend-path = ["."]
[project]
name = "shimmed"
version = "1"
"""
BACKEND = """
import subprocess, zipfile
from pathlib import Path

INFO = "shimmed-1.dist-info"
META = "Metadata-Version: 2.1\\nName: shimmed\\nVersion: 1\\n"
TAGS = "Wheel-Version: 1.0\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n"

def build_wheel(folder, config_settings=None, metadata_directory=None):
    argv = ["pip", "install", "--help"]
    asked = subprocess.run(argv, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    Path("asked.txt").write_text(asked.stdout)
    with zipfile.ZipFile(Path(folder, "shimmed-1-py3-none-any.whl"), "w") as wheel:
        wheel.writestr("shimmed.py", "")
        wheel.writestr(f"{INFO}/METADATA", META)
        wheel.writestr(f"{INFO}/WHEEL", TAGS)
        wheel.writestr(f"{INFO}/RECORD", f"shimmed.py,,\\n{INFO}/METADATA,,\\n{INFO}/WHEEL,,\\n")
    return "shimmed-1-py3-none-any.whl"
"""


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give the folder of a user, with an environment `v` in it."""
    folder = tmp_path_factory.mktemp("home")
    subprocess.run([sys.executable, "-m", "venv", str(folder / "v")], check=True)
    return folder


@pytest.fixture(scope="module")
def environ(home: Path) -> dict[str, str]:
    """Give the variables of that user, with the environment active and a shim first on PATH."""
    variables = {
        "HOME": str(home),
        "PATH": f"{home / 'shim'}{os.pathsep}{os.environ['PATH']}",
        "PYTHONPATH": str(ROOT / "src"),
        "VIRTUAL_ENV": str(home / "v"),
        "PIP_NO_INDEX": "1",
        "BUILDFIX_YES": "1",
    }
    done = call(variables, home, sys.executable, "-m", "buildfix", "shim", "shim")
    assert (done.returncode, str(home / "shim") in done.stdout) == (0, True), done.stderr
    return variables


def call(
    environ: dict[str, str], folder: Path, *argv: str, **more: str
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        argv, cwd=folder, env={**environ, **more}, capture_output=True, text=True, timeout=120
    )


def test_installs_go_through_buildfix_and_pip_in_a_build_does_not(
    environ: dict[str, str], home: Path
) -> None:
    project = home / "project"
    project.mkdir()
    (project / "pyproject.toml").write_text(PROJECT, encoding="utf-8")
    (project / "backend.py").write_text(BACKEND, encoding="utf-8")
    done = call(environ, home, "pip", "--verbose", "install", *ALONE, "./project")
    assert "==> Installed ./project" in done.stdout, done.stdout + done.stderr
    asked = (project / "asked.txt").read_text(encoding="utf-8")
    assert "pip install [options]" in asked
    assert "buildfix" not in asked


def test_other_commands_go_to_the_pip_of_the_environment(
    environ: dict[str, str], home: Path
) -> None:
    done = call(environ, home, "pip3", "--version")
    assert str(home / "v") in done.stdout, done.stderr


def test_an_install_that_buildfix_started_goes_to_pip(environ: dict[str, str], home: Path) -> None:
    mine = call(environ, home, "pip", "install", "--help")
    assert "Usage: buildfix install" in mine.stdout, mine.stderr
    with_value = call(environ, home, "pip", "--timeout", "9", "install", "--help")
    assert "Usage: buildfix install" in with_value.stdout, with_value.stderr
    nested = call(environ, home, "pip", "install", "--help", BUILDFIX_RUNNING="1")
    assert "pip install [options]" in nested.stdout, nested.stderr


def test_a_module_in_the_current_folder_is_not_taken_for_pip(
    environ: dict[str, str], tmp_path: Path
) -> None:
    (tmp_path / "pip.py").write_text("print('not pip')", encoding="utf-8")
    done = call(environ, tmp_path, "pip", "--version")
    assert done.stdout.startswith("pip "), done.stdout + done.stderr


def test_a_pip_that_is_no_shim_is_left_alone(environ: dict[str, str], home: Path) -> None:
    pip = home / "v/bin/pip"
    before = pip.read_bytes()
    done = call(environ, home, sys.executable, "-m", "buildfix", "shim", "v/bin")
    assert done.returncode == 2
    assert "v/bin/pip exists and is not a shim" in done.stderr
    assert pip.read_bytes() == before
    again = call(environ, home, sys.executable, "-m", "buildfix", "shim", "shim")
    assert again.returncode == 0
