"""A request in the form that a resolution needs: requirements, and sources by path or URL."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from buildfix.core import Request
from buildfix.forecast.resolution import Asked
from buildfix.forecast.url_sources import Direct
from buildfix.installers.option import config_settings
from buildfix.installers.request_items import RequestItem

if TYPE_CHECKING:
    from buildfix.analysis import Reading


@dataclass(frozen=True)
class Build:
    """A project to be built, and what its source says."""

    name: str
    """Normalized, as in installed metadata, however the source spells it."""
    reading: Reading


Read = Callable[[str, Path], "Build | None"]
"""Reads a source, with a name to use if it has none; None if it cannot be read."""
Settings = tuple[tuple[str, str], ...]
"""What the user tells build backends: keys and values."""


def settings_of(request: Request, environ: Mapping[str, str]) -> tuple[Settings, Settings]:
    """Return what the user tells the backends of all projects, and those of requested ones."""
    own = config_settings(request.installer_args)
    try:
        words = shlex.split(environ.get("CMAKE_ARGS", ""))
    except ValueError:
        return (), own
    return tuple(("CMAKE_ARGS", word) for word in words), own


def asked_for(
    items: Iterable[RequestItem], direct: Mapping[str, Direct], read: Read
) -> tuple[tuple[Asked, ...], tuple[Build, ...]]:
    """Return the requirements in these items, and the sources among them to be built.

    `direct` is what URLs lead to. What only the install itself fetches is left out.
    """
    asked, builds = [], []
    for item in items:
        one, build = _asked(item, direct, read)
        asked += [one] if one else []
        builds += [build] if build else []
    return tuple(asked), tuple(builds)


def _asked(
    item: RequestItem, direct: Mapping[str, Direct], read: Read
) -> tuple[Asked | None, Build | None]:
    place, url = item.local_path(), item.by_url
    if place is not None:
        return _of_path(*place, read)
    if url is not None:
        found = direct.get(url.url or "")
        if found is None or found.path is None:
            return Asked(str(url), item.hashes), None
        extras = f"[{','.join(sorted(url.extras))}]" if url.extras else ""
        marker = f"; {url.marker}" if url.marker else ""
        return _of_source(url.name, found.path, f"{extras}{marker}", read)
    named = item.requirement
    return (Asked(item.word, item.hashes), None) if named and not named.url else (None, None)


def _of_path(path: Path, extras: str, read: Read) -> tuple[Asked | None, Build | None]:
    if path.suffix == ".whl":
        name = path.name.partition("-")[0]
        return Asked(f"{name}{extras} @ {path.resolve().as_uri()}"), None
    return _of_source(path.name, path, extras, read)


def _of_source(name: str, path: Path, rest: str, read: Read) -> tuple[Asked | None, Build | None]:
    build = read(name, path)
    if build is None:
        return None, None
    return Asked(f"{build.name}{rest}", given=replace(build.reading.says, name=build.name)), build
