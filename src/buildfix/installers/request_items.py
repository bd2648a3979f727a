"""One requirement, path or URL of a request; its text is parsed once, when first needed."""

from __future__ import annotations

import re
from functools import cached_property
from pathlib import Path

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name

from buildfix.core.file_urls import path_of
from buildfix.core.light_dataclass import dataclass

URL = re.compile(r"[a-zA-Z][a-zA-Z0-9+.-]*:(?://)?\S+")
_NAMED_URL = re.compile(r"[\w.-]+\s*(?:\[[^\]]*\]\s*)?@")
_FILE = re.compile(r"(?:https?|file):", re.IGNORECASE)
_REPOSITORY = re.compile(r"(?:^|@\s*)(?P<vcs>git|hg|svn|bzr)\+\w+:")
_ARCHIVE = re.compile(r"\.(?:whl|zip|tar\.\w+|tgz|tbz)$")
_EXTRAS = re.compile(r"\[[^\]]*\]$")


@dataclass(frozen=True)
class RequestItem:
    """A requirement, a path or a URL that was requested."""

    word: str
    editable: bool = False
    place: str = ""
    """Its requirements file and line, for messages; empty for the command line."""
    hashes: tuple[str, ...] = ()
    """The allowed hashes of its file, each as `sha256:…`; if empty, any file is allowed."""

    @cached_property
    def requirement(self) -> Requirement | None:
        """The parsed requirement (PEP 508); None if it is not one."""
        return requirement_of(self.word)

    @cached_property
    def name(self) -> str | None:
        """The normalized name of the project; None if it does not contain a name."""
        return canonicalize_name(self.requirement.name) if self.requirement else None

    @cached_property
    def is_url(self) -> bool:
        """Whether it is a URL without a name before it."""
        return bool(URL.match(self.word))

    @cached_property
    def is_path(self) -> bool:
        """Whether it is the path of a file or folder."""
        word = self.word
        if self.is_url or _NAMED_URL.match(word):
            return False
        return bool(word.startswith(".") or "/" in word or "\\" in word or _ARCHIVE.search(word))

    @property
    def is_by_place(self) -> bool:
        """Whether it requests a project by path or URL, with or without a name."""
        found = self.requirement
        return bool(found.url) if found else self.is_path or self.is_url

    @cached_property
    def path(self) -> Path:
        """The word as a path, without extras: `./demo[fast]` is `./demo`."""
        return Path(path_without_extras(self.word))

    @cached_property
    def repository_tool(self) -> str | None:
        """The command that pip uses to fetch it, if it is the URL of a repository.

        Source: pip's documentation, "VCS Support".
        """
        match = _REPOSITORY.search(self.word)
        return match["vcs"] if match else None

    def local_path(self) -> tuple[Path, str] | None:
        """Return the existing path that it names, and its extras as written; None if none."""
        bare = path_without_extras(self.word)
        extras = self.word[len(bare) :]
        if bare.lower().startswith("file:"):
            bare = path_of(bare)
        elif not (self.is_path or (self.path.is_dir() and self.name is None)):
            return None
        return (Path(bare), extras) if Path(bare).exists() else None

    @cached_property
    def by_url(self) -> Requirement | None:
        """The requirement on the URL of a file; a missing name comes from the file name."""
        found = requirement_of(f"url @ {self.word}") if self.is_url else self.requirement
        if found is None or found.url is None or not _FILE.match(found.url):
            return None
        if self.is_url:
            found.name = _stem(found.url)
        return found


def project_of(word: str) -> str | None:
    """Return the normalized project name of a requirement; None if it is not a requirement."""
    found = requirement_of(word)
    return canonicalize_name(found.name) if found else None


def requirement_of(word: str) -> Requirement | None:
    """Return a parsed requirement (PEP 508); None if it is not one."""
    try:
        return Requirement(word)
    except InvalidRequirement:
        return None


def path_without_extras(word: str) -> str:
    """Return a path without the extras after it: `./demo[fast]` is `./demo`."""
    return _EXTRAS.sub("", word)


def _stem(url: str) -> str:
    """Return the name of a URL's file without its version and suffix."""
    file = url.partition("#")[0].rstrip("/").rpartition("/")[2]
    return re.split(r"-\d", _ARCHIVE.sub("", file))[0]
