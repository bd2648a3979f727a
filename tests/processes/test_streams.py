"""Standard streams that are full, closed, deserted or plain ASCII end no command by themselves."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs Linux' /dev/full")

COMMANDS = (
    ("--version",),
    ("--help",),
    ("recipes", "list"),
    ("recipes", "list", "--json"),
    ("recipes", "show", "lxml"),
    ("explain", "--json", "{log}"),
)
ASCII = {"LC_ALL": "C", "PYTHONCOERCECLOCALE": "0", "PYTHONUTF8": "0"}


def buildfix(redirected: str, *words: str, **variables: str) -> subprocess.CompletedProcess[str]:
    script = f'exec "$0" -m buildfix "$@" {redirected}'
    argv = ["sh", "-c", script, sys.executable, *words]
    environ = {**os.environ, **variables}
    return subprocess.run(argv, env=environ, capture_output=True, text=True, check=False)


@pytest.fixture
def log(tmp_path: Path) -> Path:
    path = tmp_path / "build.log"
    path.write_text("fatal error: foo-\u00f6.h: No such file or directory\n", encoding="utf-8")
    return path


@pytest.mark.parametrize("words", COMMANDS, ids=" ".join)
@pytest.mark.parametrize(
    ("redirected", "why"),
    [(">/dev/full", "No space left on device"), (">&-", "Bad file descriptor")],
)
def test_an_output_that_cannot_be_written_is_one_line_and_exit_1(
    words: tuple[str, ...], redirected: str, why: str, log: Path
) -> None:
    done = buildfix(redirected, *(word.format(log=log) for word in words))
    assert done.stderr == f"buildfix: Cannot write the output: {why}.\n"
    assert done.returncode == 1


def test_closed_pipe_gets_no_error_message() -> None:
    done = buildfix("| head -n 1; exit 0", "recipes", "list")
    assert done.stderr == ""
    assert done.stdout.count("\n") == 1


def test_an_own_exit_code_counts_for_more_than_a_full_disk() -> None:
    done = buildfix(">/dev/full 2>/dev/full", "lxml==")
    assert done.returncode == 2, done.stderr


def test_closed_streams_are_not_taken_for_files(log: Path) -> None:
    before = log.read_bytes()
    assert buildfix("<&- >&- 2>&-", "explain", str(log)).returncode == 1
    assert log.read_bytes() == before
    assert buildfix("<&- 2>&-", "--version").stdout.startswith("buildfix ")


def test_what_a_locale_cannot_write_is_written_out(log: Path) -> None:
    done = buildfix("", "explain", str(log), **ASCII)
    assert "foo-\\xf6.h" in done.stdout
    assert done.stderr == ""


def test_a_current_folder_that_is_gone_is_one_line(tmp_path: Path) -> None:
    """Started by a file, as its script is; with `-c`, Python 3.13.0 itself breaks there."""
    gone, program = tmp_path / "gone", tmp_path / "program.py"
    gone.mkdir()
    program.write_text(
        f"import sys; sys.path[:0] = {[one for one in sys.path if one]!r}\n"
        "from buildfix.__main__ import main; main()\n",
        encoding="utf-8",
    )
    script = 'cd "$1" && rmdir "$1" && exec "$0" -S "$2" recipes list'
    argv = ["sh", "-c", script, sys.executable, str(gone), str(program)]
    done = subprocess.run(argv, capture_output=True, text=True, check=False)
    assert done.returncode == 2, done.stderr
    assert done.stderr.startswith("buildfix: The current folder does not exist")
    assert done.stderr.count("\n") == 1
