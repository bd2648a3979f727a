"""A project's files, as an index lists them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.tags import Tag, parse_tag
from packaging.utils import canonicalize_name
from packaging.version import InvalidVersion, Version

_SDIST = re.compile(r"\.(?:tar\.gz|tgz|tar\.bz2|tar\.xz|zip)$")
_BUILD = re.compile(r"(\d+)(.*)")
_NO_BUILD = (-1, "")


@dataclass(frozen=True)
class File:
    """A wheel or an sdist."""

    filename: str
    version: Version
    tags: frozenset[Tag]
    """The tags of a wheel; empty for an sdist."""
    requires_python: str = ""
    yanked: bool = False
    url: str = ""
    """Where to download it; a path for a local file."""
    hashes: tuple[str, ...] = ()
    """The hashes that the index lists, each as `sha256:…`."""
    has_metadata: bool = False
    """Whether the index also serves its metadata (PEP 658)."""
    build: tuple[int, str] = _NO_BUILD
    """The build tag of a wheel; the highest is preferred."""

    @property
    def is_wheel(self) -> bool:
        """Whether it is a wheel, which needs no build."""
        return bool(self.tags)

    def runs_on(self, python: str) -> bool:
        """Return whether its Requires-Python allows this version of Python, as pip reads it."""
        return lets_in(self.requires_python, python)


def version_of(text: str) -> Version | None:
    """Return a version (PEP 440), None where it is none."""
    try:
        return Version(text)
    except InvalidVersion:
        return None


@lru_cache(maxsize=None)
def lets_in(requires_python: str, python: str) -> bool:
    """Return whether a Requires-Python allows a version of Python; an invalid one allows all."""
    try:
        return SpecifierSet(requires_python).contains(python, prereleases=True)
    except InvalidSpecifier:
        return True


def read_files(rows: Iterable[Mapping[str, Any]], project: str) -> tuple[File, ...]:
    """Return the wheels and sdists of a project among an index's entries (PEP 691)."""
    name = canonicalize_name(project)
    return tuple(filter(None, (_file(row, name) for row in rows)))


def version_and_tags(
    filename: str, project: str
) -> tuple[Version, frozenset[Tag], tuple[int, str]] | None:
    """Return version, tags and build tag from a file name; None if it is not of the project."""
    try:
        if filename.endswith(".whl"):
            return _wheel(filename, project)
        return _sdist(filename, project)
    except (InvalidVersion, ValueError):
        return None


def _file(row: Mapping[str, Any], project: str) -> File | None:
    known = version_and_tags(row["filename"], project)
    if known is None:
        return None
    version, tags, build = known
    beside = row.get("core-metadata") or row.get("dist-info-metadata")
    return File(
        row["filename"],
        version,
        tags,
        row.get("requires-python") or "",
        row.get("yanked", False) is not False,
        row.get("url", ""),
        tuple(f"{kind}:{value}" for kind, value in (row.get("hashes") or {}).items()),
        bool(beside),
        build,
    )


def _wheel(filename: str, project: str) -> tuple[Version, frozenset[Tag], tuple[int, str]] | None:
    """Parse a wheel's file name (PEP 427); cached, because an index may list thousands."""
    parts = filename[: -len(".whl")].split("-")
    if len(parts) not in (5, 6) or canonicalize_name(parts[0]) != project:
        return None
    build = _BUILD.fullmatch(parts[2]) if len(parts) == 6 else None
    if len(parts) == 6 and build is None:
        return None
    number = (int(build[1]), build[2]) if build else _NO_BUILD
    return _version(parts[1].replace("_", "-")), _tags("-".join(parts[-3:])), number


def _sdist(filename: str, project: str) -> tuple[Version, frozenset[Tag], tuple[int, str]] | None:
    """Return the version of an sdist; the name may contain hyphens, so try each split."""
    if not _SDIST.search(filename):
        return None
    stem = _SDIST.sub("", filename)
    for place in (place for place, char in enumerate(stem) if char == "-"):
        if canonicalize_name(stem[:place]) == project:
            return _version(stem[place + 1 :]), frozenset(), _NO_BUILD
    return None


@lru_cache(maxsize=None)
def _version(text: str) -> Version:
    return Version(text)


@lru_cache(maxsize=None)
def _tags(text: str) -> frozenset[Tag]:
    return frozenset(parse_tag(text))
