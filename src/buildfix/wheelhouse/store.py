"""The folder of a wheelhouse: finished units, locks, and what is laid out for each target.

    DIR/pylock.TARGET.toml      what is installed there, with hashes (PEP 751)
    DIR/SHA256SUMS.TARGET       with --sign: the hashes of what the index serves, and a signature
    DIR/recipes/projects/       what only failed builds showed, as recipes
    DIR/evidence.jsonl          what became of the remedies that builds applied (`--evidence`)
    DIR/TARGET/simple/          the index (PEP 503 and PEP 691)
    DIR/TARGET/wheels/          its files
    DIR/TARGET/units/KEY/       what one build gave: the wheel, its record, its logs
    DIR/TARGET/requirements.txt what is installed there, as a requirements file with hashes
    DIR/TARGET/target.json      what the target is, and what an install needs there
    DIR/TARGET/report.json      what the last run did for it

Several runs may use one folder: a unit is built under a lock that ends with the process that holds
it, and is moved to its place when it is complete.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import shutil
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from buildfix.core.errors import BuildfixError

UNIT = "unit.json"
_CHUNK = 1 << 20


@dataclass(frozen=True)
class Store:
    """The folder of a wheelhouse."""

    folder: Path

    def targets(self) -> tuple[str, ...]:
        """Return the names of the targets that it has wheels for."""
        return tuple(sorted(one.parent.name for one in self.folder.glob("*/target.json")))

    def target(self, name: str) -> Path:
        """Return the folder of a target."""
        return self.folder / name

    def lock_file(self, name: str) -> Path:
        """Return the path of a target's pylock.toml."""
        return self.folder / f"pylock.{name}.toml"

    def unit(self, target: str, key: str) -> Path:
        """Return the folder of a unit, which exists if the unit is finished."""
        return self.target(target) / "units" / key

    def logs(self, target: str, name: str, key: str) -> Path:
        """Return the folder with the logs of the last build of a unit."""
        return self.target(target) / "logs" / f"{name}-{key[:8]}"

    def wheel_of(self, target: str, key: str) -> Path | None:
        """Return the wheel of a finished unit; None if it is not finished."""
        return next(iter(sorted(self.unit(target, key).glob("*.whl"))), None)

    def finish(self, target: str, key: str, made: Path) -> Path:
        """Move a complete unit to its place; return its folder."""
        folder = self.unit(target, key)
        folder.parent.mkdir(parents=True, exist_ok=True)
        shutil.rmtree(folder, ignore_errors=True)
        made.rename(folder)
        return folder

    @contextlib.contextmanager
    def locked(self, name: str) -> Iterator[None]:
        """Hold a lock against other processes and threads; it ends with this process (flock(2)).

        Without effect on Windows.
        """
        folder = self.folder / ".locks"
        folder.mkdir(parents=True, exist_ok=True)
        with (folder / f"{name}.lock").open("w") as file:
            if sys.platform != "win32":
                import fcntl

                fcntl.flock(file, fcntl.LOCK_EX)
            yield


def write_json(path: Path, document: Any) -> None:
    """Write a document, at once."""
    write_text(path, json.dumps(document, indent=2) + "\n")


def read_json(path: Path) -> Any:
    """Return a document; None if there is none, or it cannot be read."""
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None


def write_text(path: Path, text: str) -> None:
    """Write a file so that a reader sees either the old or the new one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    partly = path.with_name(f".{path.name}.{os.getpid()}")
    partly.write_text(text, encoding="utf-8")
    partly.replace(path)


def place(file: Path, folder: Path) -> Path:
    """Put a file into a folder of the same wheelhouse, as another name of it where possible."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / file.name
    partly = path.with_name(f".{path.name}.{os.getpid()}")
    partly.unlink(missing_ok=True)
    try:
        partly.hardlink_to(file)
    except OSError:
        shutil.copyfile(file, partly)
    partly.replace(path)
    partly.unlink(missing_ok=True)  # it is still there if both were the same file
    return path


def sha256_of(path: Path) -> str:
    """Return the SHA-256 of a file."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            digest.update(chunk)
    return digest.hexdigest()


def check_sha256(path: Path, expected: str) -> None:
    """Raise BuildfixError for a file that has another SHA-256 than when it was resolved."""
    found = sha256_of(path)
    if found != expected:
        raise BuildfixError(
            f"{path.name} has the SHA-256 {found}, but {expected} was resolved.",
            unchanged="",
            do="Compare it with the file of the project; resolve again if it was replaced.",
        )
