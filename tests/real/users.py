"""A user without root in a bare root, and the files of a project there."""

from __future__ import annotations

from collections.abc import Mapping

from tests.bed import BareRoot, Stack, command_layer
from tests.bed.roots import TOOLCHAIN

USER = "me"
PYTHON = f"/home/{USER}/v/bin/python"
PROJECT = f"/home/{USER}/mine"


def with_user(name: str, lower: Stack) -> Stack:
    """Return a root with a C compiler and a user, who has a virtual environment."""
    commands = (
        *TOOLCHAIN,
        ("useradd", "--create-home", USER),
        ("su", USER, "-c", f"python3 -m venv /home/{USER}/v"),
    )
    return command_layer(name, lower, commands)


def put(root: BareRoot, folder: str, files: Mapping[str, str], owner: str | None = None) -> None:
    """Put files into a folder, root's or another's."""
    for name, text in files.items():
        path = root.path(folder) / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    if owner:
        root.check(["chown", "-R", owner, folder])
