"""A run that is killed by SIGKILL, for real: its log, what it left, and the run after it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
import venv
from pathlib import Path

import pytest

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(os.name != "posix", reason="SIGKILL is POSIX's"),
]
PYPROJECT = """
[build-system]
requires = []
build-backend = "backend"
backend-path = ["."]
[project]
name = "slowly"
version = "1"
"""
BACKEND = """
import os, pathlib, time, zipfile
INFO = "slowly-1.dist-info"

def build_wheel(folder, config_settings=None, metadata_directory=None):
    print("part 1 of 2 is built", flush=True)
    while os.environ.get("PROBE_HANGS"):
        time.sleep(0.1)
    name = "slowly-1-py3-none-any.whl"
    with zipfile.ZipFile(pathlib.Path(folder, name), "w") as wheel:
        wheel.writestr("slowly.py", "")
        wheel.writestr(f"{INFO}/METADATA", "Metadata-Version: 2.1\\nName: slowly\\nVersion: 1\\n")
        wheel.writestr(f"{INFO}/WHEEL", "Wheel-Version: 1.0\\nTag: py3-none-any\\n")
        wheel.writestr(f"{INFO}/RECORD", "")
    return name
"""


def wait_for(text: str, folder: Path) -> Path:
    """Return the log below a folder that has a text, once there is one."""
    until = time.monotonic() + 120
    while time.monotonic() < until:
        for path in folder.rglob("*.log"):
            if text in path.read_text(encoding="utf-8"):
                return path
        time.sleep(0.1)
    raise AssertionError(f"no log below {folder} has {text!r}")


def test_the_log_of_a_killed_run_is_there_and_the_next_run_installs(tmp_path: Path) -> None:
    project, target = tmp_path / "slowly", tmp_path / "venv"
    project.mkdir()
    (project / "pyproject.toml").write_text(PYPROJECT, encoding="utf-8")
    (project / "backend.py").write_text(BACKEND, encoding="utf-8")
    venv.create(target, with_pip=True)
    (tmp_path / "temporary").mkdir()
    state, temporary = str(tmp_path / "state"), str(tmp_path / "temporary")
    env = {**os.environ, "XDG_STATE_HOME": state, "TMPDIR": temporary}
    argv = [sys.executable, "-m", "buildfix", "-y", "--python", str(target / "bin/python")]
    argv.append(str(project))
    run = subprocess.Popen(
        argv,
        env={**env, "PROBE_HANGS": "1"},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        log = wait_for("part 1 of 2 is built", tmp_path / "state")
        run.kill()
        run.wait()
        assert "part 1 of 2 is built" in log.read_text(encoding="utf-8")
    finally:
        for process in left_behind(str(tmp_path)):
            os.kill(process, signal.SIGKILL)
    done = subprocess.run(argv, env=env, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stdout + done.stderr
    assert subprocess.run([target / "bin/python", "-c", "import slowly"]).returncode == 0


def left_behind(word: str) -> list[int]:
    """Return the processes that a killed run left: those whose command line has a word."""
    found = []
    for entry in Path("/proc").iterdir():
        try:
            line = (entry / "cmdline").read_bytes() if entry.name.isdigit() else b""
        except OSError:
            continue
        if word.encode() in line and int(entry.name) != os.getpid():
            found.append(int(entry.name))
    return found
