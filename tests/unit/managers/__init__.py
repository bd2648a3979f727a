"""Output of package managers, recorded, and what plays it back."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path

from buildfix.machines.local import Variables
from tests.unit.machines import Played, Recorded

_FOLDER = Path(__file__).parent


class Replayed(Recorded):
    """A machine that answers exactly the commands of one recording; no others may be asked."""

    def __init__(self, name: str, *on_path: str):
        super().__init__({}, on_path={program: f"/usr/bin/{program}" for program in on_path})
        self.recording = _read(_FOLDER / f"{name}.txt")

    def said(self, command: str) -> list[str]:
        """Return the lines that the command which begins so printed."""
        return next(text for line, text in self.recording.items() if line.startswith(command))

    def _play(self, argv: Sequence[str], env: Variables) -> Played:
        self.ran.append(tuple(argv))
        self.variables.append(dict(env))
        if argv[0] == "stat":
            return Played(f"{int(time.time()) - 60}\n")
        return Played("".join(f"{line}\n" for line in self.recording[" ".join(argv)]))


def _read(path: Path) -> dict[str, list[str]]:
    text = path.read_text(encoding="utf-8")
    origin, _, rest = text.partition("\n$ ")
    assert origin.startswith("# origin: "), path
    blocks = (block.split("\n") for block in rest.removesuffix("\n").split("\n$ "))
    return {block[0]: block[1:] for block in blocks}
