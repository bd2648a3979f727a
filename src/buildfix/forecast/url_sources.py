"""Files requested by URL, fetched through the user's own pip."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from buildfix.core import Request
from buildfix.installers import pip_options
from buildfix.machines.local import Machine
from buildfix.machines.owners import give, owner_of
from buildfix.platforms.interpreter import ask_pip
from buildfix.target_scripts.answers import UrlAnswer


@dataclass(frozen=True)
class Direct:
    """What a URL leads to."""

    url: str
    path: Path | None = None
    """The path of its source; None for a wheel, and for what is not to be read."""
    requires: tuple[str, ...] = ()
    """What a wheel requires, if known."""
    trouble: str = ""
    """Why it cannot be fetched; empty if it can."""


def fetch_direct(
    machine: Machine, python: str, request: Request, urls: Sequence[str], folder: Path
) -> tuple[Direct, ...]:
    """Return what these URLs lead to; sources are put into `folder`, local ones stay in place.

    `python` is an interpreter with pip, whose credentials and proxies apply. Empty if it does not
    answer.
    """
    if not urls:
        return ()
    arguments = list(pip_options(request))
    question = {"urls": list(urls), "arguments": arguments, "folder": str(folder)}
    give(folder, owner_of(python))
    rows: Sequence[UrlAnswer] | None = ask_pip(machine, python, "urls", question)
    if not rows:
        return ()
    return tuple(
        Direct(
            url,
            Path(row["path"]) if "path" in row else None,
            tuple(row.get("requires", ())),
            row.get("trouble", ""),
        )
        for url, row in zip(urls, rows, strict=True)
    )
