"""What a run works in goes with it, and what a killed run left goes at a later one."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from buildfix.engine.temporary_folders import forget_killed_runs, scratch

LONG_AGO = time.time() - 7 * 24 * 3600

posix = pytest.mark.skipif(os.name == "nt", reason="on Windows it cannot be asked whose it is")


def ended_process() -> int:
    with subprocess.Popen([sys.executable, "-c", ""]) as process:
        process.wait()
    return process.pid


def left(name: str, place: Path, *, changed: float = LONG_AGO) -> Path:
    folder = place / name
    (folder / "deep").mkdir(parents=True)
    (folder / "deep/file").write_text("x")
    os.utime(folder, (changed, changed))
    return folder


@pytest.mark.parametrize("hidden", [False, True])
def test_scratch_folder_is_removed_on_exit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, hidden: bool
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    with scratch(tmp_path if hidden else None) as folder:
        assert folder.parent == tmp_path
        assert folder.name.startswith(".") is hidden
        (folder / "file").write_text("x")
    assert list(tmp_path.iterdir()) == []


@posix
def test_scratch_folders_of_killed_runs_are_removed(tmp_path: Path) -> None:
    left(f"buildfix-{ended_process()}-abc_12", tmp_path)
    left(f".buildfix-{ended_process()}-abc_12", tmp_path)
    forget_killed_runs(tmp_path)
    assert list(tmp_path.iterdir()) == []


@posix
def test_scratch_folders_possibly_in_use_are_kept(tmp_path: Path) -> None:
    ended = ended_process()
    stay = [
        left(f"buildfix-{os.getpid()}-abc", tmp_path),
        left(f"buildfix-{ended}-new", tmp_path, changed=time.time()),
        left("buildfix-wheelhouse", tmp_path),
        left(f"buildfix-{ended}", tmp_path),
    ]
    elsewhere = left("elsewhere", tmp_path)
    link = tmp_path / f"buildfix-{ended}-link"
    link.symlink_to(elsewhere)
    os.utime(link, (LONG_AGO, LONG_AGO), follow_symlinks=False)
    forget_killed_runs(tmp_path)
    assert sorted(tmp_path.iterdir()) == sorted([*stay, elsewhere, link])
    forget_killed_runs(tmp_path / "absent")
