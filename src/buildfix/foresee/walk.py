"""What an install would bring, found out through the user's own pip without building anything."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from buildfix.errors import CommandNotFound
from buildfix.hosts.interpreter import packaging_folder, probe_of_index, troubles_in
from buildfix.installers import pip_options
from buildfix.model import Request
from buildfix.owners import give, owner_of
from buildfix.run import Machine
from buildfix.safe_path import python_script

Why = Literal["asked", "build"]
"""`asked`: asked for, or a dependency of that; `build`: only a build requires it."""


@dataclass(frozen=True)
class Coming:
    """A distribution that an install would bring, or that one of its builds would."""

    name: str
    requirement: str
    why: Why
    version: str | None = None
    """None where nothing of the index meets the requirement."""
    wheel: bool = False
    filename: str = ""
    path: Path | None = None
    """Where its sdist was put, if it is to be built."""
    build_requires: tuple[str, ...] = ()


@dataclass(frozen=True)
class Walked:
    """What would come, as far as the indexes tell."""

    coming: tuple[Coming, ...]
    troubles: tuple[str, ...] = ()
    """Which addresses do not give what they may have, and why, each in words."""


@dataclass(frozen=True)
class Target:
    """The interpreter that is installed into, where it is another than the one that is asked."""

    tags: tuple[str, ...]
    environment: dict[str, str]


def walk(
    machine: Machine,
    python: str,
    request: Request,
    asked: Iterable[tuple[str, Why]],
    folder: Path,
    target: Target | None = None,
    *,
    limit: int | None = None,
) -> Walked | None:
    """Return what would come for `asked`; sdists that would be built are put into `folder`.

    `python` is an interpreter with pip, whose index settings, credentials and proxies are used.
    None where it cannot be found out: the install will tell then. With `limit` it goes no further
    once it has found that many.
    """
    question = {
        "asked": list(asked),
        "arguments": list(pip_options(request)),
        "here": target is None,
        "folder": str(folder),
        "tags": target.tags if target else (),
        "environment": target.environment if target else {},
        "packaging": packaging_folder(),
    }
    if limit is not None:
        question["limit"] = limit
    give(folder, owner_of(python))
    try:
        argv = python_script(python, probe_of_index("walk"), json.dumps(question))
        said = machine.run(argv, (("PIP_NO_INPUT", "1"),))
        answer = json.loads(said.stdout.splitlines()[-1])
        return Walked(tuple(map(_coming, answer["rows"])), troubles_in(answer))
    except (CommandNotFound, ValueError, IndexError, KeyError):
        return None


def _coming(row: dict[str, Any]) -> Coming:
    return Coming(
        name=row["name"],
        requirement=row["requirement"],
        why=row["why"],
        version=row.get("version"),
        wheel=row.get("wheel", False),
        filename=row.get("filename", ""),
        path=Path(row["path"]) if "path" in row else None,
        build_requires=tuple(row.get("build-requires", ())),
    )
