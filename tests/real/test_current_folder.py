"""Nothing of the current folder is imported by any command, on old and new Pythons."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from tests.unit.evil import environment, evil_folder, interpreter

START = "import sys\nfrom buildfix.__main__ import main\nsys.exit(main())\n"


@pytest.fixture
def wheels(tmp_path: Path) -> Path:
    """Give a folder with the one wheel that there is."""
    (tmp_path / "wheels").mkdir()
    info = "demo-1.0.dist-info"
    with zipfile.ZipFile(tmp_path / "wheels/demo-1.0-py3-none-any.whl", "w") as wheel:
        wheel.writestr("demo/__init__.py", "")
        wheel.writestr(f"{info}/METADATA", "Metadata-Version: 2.1\nName: demo\nVersion: 1.0\n\n")
        wheel.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nTag: py3-none-any\n")
        wheel.writestr(f"{info}/RECORD", "")
    return tmp_path / "wheels"


@pytest.mark.slow
@pytest.mark.parametrize("release", [(3, 8), (3, 10), (3, 13)])
def test_no_command_imports_from_the_current_folder(
    release: tuple[int, int], wheels: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    evil = evil_folder(tmp_path)
    monkeypatch.chdir(evil)
    venv, start, log = tmp_path / "venv", tmp_path / "start.py", tmp_path / "build.log"
    shared = ("-m", "venv", "--without-pip", "--system-site-packages", str(venv))
    subprocess.run([interpreter(release), *shared], check=True, cwd=tmp_path)
    start.write_text(START)
    log.write_text("a.c:1:10: fatal error: ffi.h: No such file or directory\nerror: exit 1\n")

    def buildfix(*words: str) -> subprocess.CompletedProcess[str]:
        target = (
            () if words[0] in ("explain", "recipes") else ("--python", str(venv / "bin/python"))
        )
        done = subprocess.run(
            [sys.executable, start, *words, *target],
            env=environment(tmp_path, wheels),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
        )
        assert "an evil module" not in done.stdout + done.stderr
        assert not (evil / "HIT").exists(), (words, (evil / "HIT").read_text())
        return done

    assert buildfix("explain", str(log)).returncode == 0
    assert buildfix("recipes", "list").returncode == 0
    assert buildfix("doctor").returncode == 0
    done = buildfix("doctor", "demo")
    assert (done.returncode, "no version that matches demo" in done.stdout) == (1, True), (
        done.stdout
    )
    assert buildfix("wheels", "demo").returncode == 0
    assert buildfix("--dry-run", "demo").returncode == 0
    done = buildfix("--yes", "demo")
    assert done.returncode == 0, done.stderr
    (installed,) = venv.glob("lib/python*/site-packages/demo/__init__.py")
    installed.write_text("raise ImportError('no such luck')")
    assert buildfix("--yes", "demo").returncode == 1, "the folder beside it was imported instead"
