"""The files of a project, as an index lists them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.tags import Tag
from packaging.utils import InvalidWheelFilename, canonicalize_name, parse_wheel_filename
from packaging.version import InvalidVersion, Version

_SDIST = re.compile(r"\.(?:tar\.gz|tgz|tar\.bz2|tar\.xz|zip)$")


@dataclass(frozen=True)
class File:
    """A wheel or an sdist."""

    filename: str
    version: Version
    tags: frozenset[Tag]
    """Empty for an sdist."""
    requires_python: str = ""
    yanked: bool = False

    @property
    def is_wheel(self) -> bool:
        """Whether it needs no build."""
        return bool(self.tags)

    def runs_on(self, python: str) -> bool:
        """Say whether its Requires-Python lets this version of Python in, as pip reads it."""
        return _lets_in(self.requires_python, python)


@lru_cache
def _lets_in(requires_python: str, python: str) -> bool:
    """Answer once for all files that say the same, as most of a project do."""
    try:
        return SpecifierSet(requires_python).contains(python, prereleases=True)
    except InvalidSpecifier:
        return True


def read_files(rows: Iterable[Mapping[str, Any]], project: str) -> tuple[File, ...]:
    """Return the files in an index's rows (PEP 691) that are wheels or sdists of a project."""
    return tuple(filter(None, (_file(row, canonicalize_name(project)) for row in rows)))


def _file(row: Mapping[str, Any], project: str) -> File | None:
    filename = row["filename"]
    try:
        known = _wheel(filename) if filename.endswith(".whl") else _sdist(filename, project)
    except (InvalidWheelFilename, InvalidVersion):
        return None
    if known is None:
        return None
    version, tags = known
    return File(
        filename,
        version,
        tags,
        row.get("requires-python") or "",
        bool(row.get("yanked")),
    )


def _wheel(filename: str) -> tuple[Version, frozenset[Tag]]:
    _, version, _, tags = parse_wheel_filename(filename)
    return version, frozenset(tags)


def _sdist(filename: str, project: str) -> tuple[Version, frozenset[Tag]] | None:
    """Return the version of an sdist; its name may hold hyphens, so that each is tried."""
    if not _SDIST.search(filename):
        return None
    stem = _SDIST.sub("", filename)
    for place in (place for place, char in enumerate(stem) if char == "-"):
        if canonicalize_name(stem[:place]) == project:
            return Version(stem[place + 1 :]), frozenset()
    return None
