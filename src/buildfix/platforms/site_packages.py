"""Which distributions a target has, read from its folders without running it."""

from __future__ import annotations

import contextlib
import json
import os
import re
from collections.abc import Iterable, Sequence
from pathlib import Path

from packaging.utils import canonicalize_name

from buildfix.core.changes import Installed, Metadata, Snapshot, TargetChange
from buildfix.core.file_urls import path_of

_METADATA = re.compile(
    r"(?P<name>[^-]+)-(?P<version>[^-]+)(?:-[^/]*)?\.(?:dist-info|egg-info)|"
    r"(?P<bare>[^-]+)\.egg-(?:info|link)"
)
"""Folders and files that describe a distribution ("Recording installed projects", PyPA)."""
_VCS = re.compile(r"(?:git|hg|svn|bzr)\+")


def snapshot(folders: Iterable[str]) -> Snapshot:
    """Return the metadata of the distributions in site-packages folders."""
    found: list[Metadata] = []
    for folder in folders:
        with contextlib.suppress(OSError):
            found += filter(None, map(_metadata, os.scandir(folder)))
    return tuple(found)


def _metadata(entry: os.DirEntry[str]) -> Metadata | None:
    match = _METADATA.fullmatch(entry.name)
    if match is None:
        return None
    stamp = 0
    with contextlib.suppress(OSError):
        stamp = entry.stat().st_mtime_ns
    name = canonicalize_name(match["name"] or match["bare"])
    return Metadata(entry.path, stamp, Installed(name, match["version"] or ""))


def target_change(before: Snapshot, folders: Sequence[str], asked: Iterable[str]) -> TargetChange:
    """Return how the folders differ from before, and which of `asked` are in them now.

    `asked` has normalized names, or the URLs that distributions came from.
    """
    after, there = snapshot(folders), set(before)
    added = (one.installed for one in after if one not in there)
    names = {one.installed.name for one in after}
    found = {want: _found(want, after) for want in asked}
    return TargetChange(
        added=tuple(dict.fromkeys(added)),
        removed=tuple(one.installed for one in before if one.installed.name not in names),
        asked=tuple(dict.fromkeys(filter(None, found.values()))),
        absent=tuple(want for want, one in found.items() if one is None),
        seen=any(map(os.path.isdir, folders)),
    )


def _found(want: str, among: Snapshot) -> Installed | None:
    if ":" not in want:
        return next((one.installed for one in among if one.installed.name == want), None)
    place = place_of(want)
    return next((one.installed for one in among if place_of(_url(one)) == place), None)


def _url(one: Metadata) -> str:
    """Return the URL that a distribution came from (PEP 610); empty if it is not recorded."""
    try:
        text = Path(one.path, "direct_url.json").read_text(encoding="utf-8")
        return str(json.loads(text).get("url", ""))
    except (OSError, ValueError):
        return ""


def place_of(url: str) -> str:
    """Return a URL in a comparable form: without `git+`, revision, fragment or password.

    Links to a folder are resolved. Text that is not a URL is returned unchanged.
    """
    bare = url.partition("#")[0].rstrip("/")
    if bare.startswith("file:"):
        return str(Path(path_of(bare)).resolve())
    if _VCS.match(bare):
        bare = _VCS.sub("", bare)
        head, slash, last = bare.rpartition("/")
        bare = f"{head}{slash}{last.partition('@')[0]}"
    return re.sub(r"//[^/@]*@", "//", bare)
