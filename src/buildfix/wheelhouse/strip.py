"""Takes out of a built wheel what differs with each build of the same source."""

from __future__ import annotations

import tempfile
import zipfile
from pathlib import Path, PurePosixPath

from buildfix.core.errors import CommandNotFound
from buildfix.machines.local import Machine
from buildfix.wheels.rewrite import rewrite

_ELF = b"\x7fELF"
_STRIP = ("strip", "--strip-debug", "--remove-section=.note.gnu.build-id")
"""Debugging information holds the paths of temporary folders; the build ID is computed from it."""


def strip_modules(wheel: Path, machine: Machine) -> None:
    """Strip the compiled modules and libraries of a wheel, if the machine has `strip`.

    A module that `strip` cannot read stays as it is.
    """
    stripped = {}
    with zipfile.ZipFile(wheel) as archive, tempfile.TemporaryDirectory() as folder:
        for name in archive.namelist():
            if ".so" not in PurePosixPath(name).suffixes:
                continue
            content = archive.read(name)
            if content.startswith(_ELF):
                stripped[name] = _stripped(content, Path(folder, "module.so"), machine)
    changed = {name: content for name, content in stripped.items() if content}
    if changed:
        rewrite(wheel, changed)


def _stripped(content: bytes, path: Path, machine: Machine) -> bytes:
    """Return a module without that; empty if it cannot be done."""
    path.write_bytes(content)
    try:
        done = machine.run([*_STRIP, str(path)])
    except CommandNotFound:
        return b""
    return b"" if done.returncode else path.read_bytes()
