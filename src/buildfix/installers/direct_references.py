"""What was requested by path or URL, and the words that request it again.

Such a project is not the one that an index has under the same name, so it must never be requested
by name and version.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from packaging.utils import canonicalize_name

from buildfix.core import Request
from buildfix.core.file_urls import path_of
from buildfix.core.light_dataclass import dataclass
from buildfix.installers.request_items import RequestItem, path_without_extras
from buildfix.installers.requirements import parse

_EGG = re.compile(r"[#&]egg=(?P<name>[A-Za-z0-9][\w.-]*)")
_FILE_NAME = re.compile(
    r"(?P<name>[A-Za-z0-9][\w.]*?(?:-[A-Za-z][\w.]*)*)-\d[^/]*\.(?:whl|zip|t\w+|tar\.\w+)"
)
_CREDENTIALS = re.compile(r"(?<=//)[^/@\s]+@")


@dataclass(frozen=True)
class DirectRequest:
    """A project that was requested by path or URL."""

    words: tuple[str, ...]
    """The words that request it, as an installer accepts them: `-e ./demo` is two words."""
    name: str | None = None
    """Its normalized name, if the words contain it."""
    path: Path | None = None
    """The file or folder, if it is on this machine."""


def direct_requests(request: Request) -> tuple[DirectRequest, ...]:
    """Return what was requested by path or URL, also in requirements files."""
    items = sorted(parse(request).items, key=lambda one: not one.editable)
    found = (_direct(one) for one in items if one.editable or one.is_by_place)
    return tuple(dict.fromkeys(found))


def words_for_installed(name: str, origin: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the words that ask again for what was installed from a place.

    `origin` is what its direct_url.json says (PEP 610). None where that cannot be read.
    """
    url, commit = str(origin.get("url") or ""), ""
    folder, vcs = origin.get("dir_info") or {}, origin.get("vcs_info") or {}
    if not url:
        return ()
    if folder.get("editable"):
        return ("-e", path_of(url))
    if vcs:
        url, commit = f"{vcs.get('vcs', 'git')}+{url}", f"@{vcs.get('commit_id', '')}"
    inside = origin.get("subdirectory")
    return (f"{name} @ {url}{commit if commit != '@' else ''}{_at(inside)}",)


def is_same_place(word: str, origin: Mapping[str, Any]) -> bool:
    """Return whether a requested URL is the place that a project was installed from."""
    url = str(origin.get("url") or "").rstrip("/")
    return bool(url) and url.removesuffix(".git") in _CREDENTIALS.sub("", unquote(word))


def _at(inside: str | None) -> str:
    return f"#subdirectory={inside}" if inside else ""


def _direct(item: RequestItem) -> DirectRequest:
    word, requirement = item.word, item.requirement
    words, egg = (("-e", word) if item.editable else (word,)), _EGG.search(word)
    url = (requirement.url or "") if requirement else word
    place = path_without_extras(_as_path(url))
    file = _FILE_NAME.fullmatch(unquote(urlsplit(url).path).rpartition("/")[2])
    named = requirement.name if requirement else next((m["name"] for m in (egg, file) if m), None)
    path = Path(place) if place and Path(place).exists() else None
    return DirectRequest(words, canonicalize_name(named) if named else None, path)


def _as_path(url: str) -> str:
    """Return the path that a URL is of; what is no such URL is taken for a path itself."""
    return path_of(url) if url.lower().startswith("file:") else url
