"""Stub programs that check their arguments and play back what the real ones were seen to print.

A recording is a TOML file of answers:

    [[play]]
    argv = ["brew", "install", "..."]   # "..." as the last: whatever else follows
    origin = "where this output was seen"
    stdout = "…"
    stderr = "…"
    code = 1                            # how it ends; 0 by default; POSIX keeps the last byte of it
    exists = "/tmp/x"                   # optional: only while this file is there

Answers to the same arguments are given in their order, the last one for ever, so that a recording
can tell a story: not installed, install, installed. What no answer fits ends with `UNEXPECTED`.
The stubs need a POSIX system; a Windows path to a program is a plain name there.
"""

from __future__ import annotations

import json
import os
import stat
import sys
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

UNEXPECTED = 97
"""Exit code of a stub that was called in a way that its recording does not know."""

_ROOT = Path(__file__).parents[3]
_CALLS = "calls.jsonl"
_RECORDING = "recording.toml"


@dataclass(frozen=True)
class Play:
    """One answer of a recorded program."""

    argv: tuple[str, ...]
    origin: str
    stdout: str = ""
    stderr: str = ""
    code: int = 0
    exists: str | None = None

    def answers(self, argv: Sequence[str]) -> bool:
        """Return whether it was recorded for these arguments, and may be given now."""
        if self.exists and not Path(self.exists).exists():
            return False
        if self.argv[-1] == "...":
            fixed = self.argv[:-1]
            return tuple(argv[: len(fixed)]) == fixed
        return tuple(argv) == self.argv


def read_plays(recording: Path) -> tuple[Play, ...]:
    """Return the answers of a recording; raises OSError, TypeError or tomllib.TOMLDecodeError."""
    table = tomllib.loads(recording.read_text(encoding="utf-8"))
    return tuple(Play(**{**play, "argv": tuple(play["argv"])}) for play in table["play"])


def stub_path(tmp_path: Path, recording: Path) -> dict[str, str]:
    """Put a stub for each recorded program into a folder and return an environment that finds it.

    The folder is `tmp_path / "stubs"`, first on PATH; `calls` tells what was called.
    """
    folder = tmp_path / "stubs"
    folder.mkdir()
    (folder / _RECORDING).write_bytes(recording.read_bytes())
    for program in {play.argv[0] for play in read_plays(recording)}:
        _write_stub(folder / program, folder)
    return {**os.environ, "PATH": f"{folder}{os.pathsep}{os.environ['PATH']}"}


def calls(tmp_path: Path) -> list[tuple[str, ...]]:
    """Return the argument vectors that the stubs below `tmp_path` were called with, in order."""
    record = tmp_path / "stubs" / _CALLS
    if not record.exists():
        return []
    lines = record.read_text(encoding="utf-8").splitlines()
    return [tuple(json.loads(line)["argv"]) for line in lines]


def play(folder: Path, argv: Sequence[str]) -> int:
    """Answer one call as the recording in `folder` says, note it, and return its exit code."""
    plays = read_plays(folder / _RECORDING)
    number = choose(plays, argv, _given(folder))
    with (folder / _CALLS).open("a", encoding="utf-8") as record:
        record.write(json.dumps({"argv": list(argv), "play": number}) + "\n")
    if number is None:
        sys.stderr.write(f"This call was not recorded: {list(argv)}\n")
        return UNEXPECTED
    sys.stdout.write(plays[number].stdout)
    sys.stderr.write(plays[number].stderr)
    return plays[number].code


def choose(plays: Sequence[Play], argv: Sequence[str], given: Collection[int]) -> int | None:
    """Return the number of the answer to a call, where those of these numbers were given."""
    fitting = [number for number, play in enumerate(plays) if play.answers(argv)]
    fresh = [number for number in fitting if number not in given]
    return next(iter(fresh or fitting[-1:]), None)


def _given(folder: Path) -> frozenset[int]:
    """Return the numbers of the answers that were given so far."""
    record = folder / _CALLS
    lines = record.read_text(encoding="utf-8").splitlines() if record.exists() else []
    numbers = (json.loads(line)["play"] for line in lines)
    return frozenset(number for number in numbers if number is not None)


def _write_stub(path: Path, folder: Path) -> None:
    path.write_text(
        f"#!{sys.executable}\n"
        "import sys\n"
        "from pathlib import Path\n"
        f"sys.path.insert(0, {str(_ROOT)!r})\n"
        "from tests.unit.recorded.stubs import play\n"
        f"sys.exit(play(Path({str(folder)!r}), [{path.name!r}, *sys.argv[1:]]))\n",
        encoding="utf-8",
    )
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
