"""Other interpreters on this machine, recognized by path and name; none of them is run."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from buildfix.core.light_dataclass import dataclass
from buildfix.core.system import HERE
from buildfix.machines.local import Machine

_COMMAND = re.compile(r"python(3)\.(\d+)")
_FOLDER = re.compile(r"(?:cpython-)?(3)\.(\d+)\.\d+(?!.*\+freethreaded)(?:-.*|)")
"""Matches the folders of pyenv (`3.12.4`) and uv (`cpython-3.12.4-linux-x86_64-gnu`)."""


@dataclass(frozen=True)
class Installed:
    """An installed CPython."""

    path: str
    release: tuple[int, int]


def installed_pythons(machine: Machine) -> tuple[Installed, ...]:
    """Return the interpreters on PATH, of pyenv and of uv, one for each version of Python."""
    found = {one.release: one for one in reversed([*_on_path(machine), *_managed(machine)])}
    return tuple(found[release] for release in sorted(found))


def _on_path(machine: Machine) -> Iterator[Installed]:
    for command in sorted(machine.commands()):
        match = _COMMAND.fullmatch(command)
        path = machine.which(command) if match else None
        if match and path and "shims" not in Path(path).parts:
            yield Installed(path, (int(match[1]), int(match[2])))


def _managed(machine: Machine) -> Iterator[Installed]:
    home = Path(machine.environ.get("HOME") or Path.home())
    data = machine.environ.get("XDG_DATA_HOME") or home / ".local/share"
    folders = (
        Path(machine.environ.get("PYENV_ROOT") or home / ".pyenv", "versions"),
        Path(machine.environ.get("UV_PYTHON_INSTALL_DIR") or Path(data, "uv/python")),
    )
    for folder in filter(Path.is_dir, folders):
        for entry in sorted(folder.iterdir()):
            match = _FOLDER.fullmatch(entry.name)
            if match and (entry / HERE.python).is_file():
                yield Installed(str(entry / HERE.python), (int(match[1]), int(match[2])))
