"""Completion in real shells, with the scripts that `buildfix --show-completion` prints."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.tree import ROOT

BASH = """
source ./script
COMP_WORDS=(buildfix doctor lx); COMP_CWORD=2
_buildfix_completion buildfix
echo "${COMPREPLY[*]}"
"""
FISH = """
source ./script
complete --do-complete "buildfix doctor lx"
"""
ZSH = """
autoload -Uz compinit; compinit -u -D
source ./script
_arguments() { print -r -- "$@" }
words=(buildfix doctor lx); CURRENT=3
_buildfix_completion
"""


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """Give a folder with the command `buildfix`."""
    command = tmp_path / "buildfix"
    command.write_text(f'#!/bin/sh\nexec {sys.executable} -m buildfix "$@"\n', encoding="utf-8")
    command.chmod(0o755)
    return tmp_path


@pytest.mark.skipif(sys.platform == "win32", reason="shells of POSIX systems")
@pytest.mark.parametrize(
    ("shell", "text"), [("bash", BASH), ("fish", FISH), ("zsh", ZSH)], ids=["bash", "fish", "zsh"]
)
def test_a_shell_completes_with_its_script(place: Path, shell: str, text: str) -> None:
    program = shutil.which(shell)
    if program is None:
        pytest.skip(f"{shell} is not installed")
    environ = {
        "PATH": f"{place}{os.pathsep}{os.environ['PATH']}",
        "HOME": str(place),
        "PYTHONPATH": str(ROOT / "src"),
    }
    (place / "script").write_text(_script(program, place, environ), encoding="utf-8")
    argv = [program, "-c", text]
    done = subprocess.run(argv, cwd=place, env=environ, capture_output=True, text=True, timeout=60)
    assert "lxml" in done.stdout, done.stderr


def _script(shell: str, place: Path, environ: dict[str, str]) -> str:
    """Return what buildfix prints in that shell."""
    argv = [shell, "-c", "buildfix --show-completion; true"]
    done = subprocess.run(argv, cwd=place, env=environ, capture_output=True, text=True, timeout=60)
    assert "_BUILDFIX_COMPLETE" in done.stdout, done.stderr
    return done.stdout
