"""Files of this machine that a command names, as they are named on the machine it runs on.

They keep their place in the tree of folders, so that what names another one beside it still does.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from urllib.parse import quote, urlsplit

from buildfix.catalog.command_words import command_words
from buildfix.core.errors import UsageError
from buildfix.installers.request_items import URL, RequestItem
from buildfix.installers.requirement_files import (
    LocalReference,
    decoded,
    local_references,
    variables_named,
)

Content = Path | bytes

_MOST_BYTES = 512 << 20
_READ = frozenset({"-f", "--find-links", "--cert", "--client-cert", "--config-file"})
_LISTS = frozenset({"-r", "--requirement", "-c", "--constraint", "--build-constraint"})
_EDITABLE = frozenset({"-e", "--editable"})
_WRITTEN = frozenset({"--log", "--report"})
_MARKS = ("pyvenv.cfg", "CACHEDIR.TAG")
"""What lies in a virtual environment, or in a cache: neither is of any use elsewhere."""


class LocalFiles:
    """The files to copy to another machine; each method returns the name that they have there."""

    def __init__(self, root: str):
        """Copy files to below the folder `root` on the other machine."""
        self.variables: dict[str, str] = {}
        """Variables of this machine that requirements files name."""
        self._root = root
        self._copies: dict[str, Content] = {}
        self._bytes = 0

    @property
    def copies(self) -> tuple[tuple[str, Content], ...]:
        """All files to copy, by their paths in the folder of the run."""
        return tuple((f"files/{name}", content) for name, content in self._copies.items())

    def file(self, path: Path) -> str:
        """Copy a file, or a folder with its contents; raises UsageError."""
        name = place_of(path)
        if path.is_dir():
            self._copy_folder(path)
        elif path.is_file():
            self._copy(name, path)
        else:
            raise _missing(path)
        return f"{self._root}/{name}"

    def content(self, name: str, content: bytes) -> str:
        """Copy content that is not a file here, under a name."""
        self._copy(name, content)
        return f"{self._root}/{name}"

    def if_local(self, word: str) -> str:
        """Copy the file that a word names if it exists; else it is a URL, or a path there."""
        return self.file(Path(word)) if Path(word).exists() else word

    def requirement(self, word: str) -> str:
        """Copy the project, wheel or sdist if a requirement names one by its path."""
        named = RequestItem(word).requirement
        bare, separator, marker = word.partition(" ;")
        item = RequestItem(named.url if named and named.url else bare.strip())
        found = item.local_path()
        if found is None:
            if item.is_path:
                raise _missing(item.path)
            return word
        path, extras = found
        there = self.file(path)
        if item.word.lower().startswith("file:"):
            return word.replace(urlsplit(item.word).path, quote(there), 1)
        return f"{there}{extras}{separator}{marker}"

    def editable(self, word: str, place: str = "") -> str:
        """Return the URL of an editable project; raises UsageError for a path."""
        if RequestItem(word, editable=True).is_url and not word.lower().startswith("file:"):
            return word
        where = f"{place}: " if place else ""
        raise UsageError(
            f"{where}-e {word} is a folder on this machine; it cannot be combined with --on.",
            do="Install it without -e.",
        )

    def requirements_file(self, word: str) -> str:
        """Copy a requirements or constraints file and the files it names; raises UsageError."""
        path = Path(word)
        if URL.fullmatch(word):
            return word
        if not path.is_file():
            raise _missing(path)
        name = place_of(path)
        if name not in self._copies:
            self._copies[name] = path  # it may include itself
            self._copy(name, self._rewritten(path))
            named = variables_named(path)
            self.variables |= {one: os.environ[one] for one in named if one in os.environ}
        return f"{self._root}/{name}"

    def installer_words(self, words: Sequence[str]) -> Iterator[str]:
        """Yield the installer's own words; raises UsageError for files that it would write."""
        pending = list(words)
        with_value = {*command_words().with_value, *_READ, *_LISTS, *_EDITABLE, *_WRITTEN}
        while pending:
            word = pending.pop(0)
            option, joined, value = _parted(word)
            if option in with_value and not joined and pending:
                value = pending.pop(0)
            if option in with_value:
                yield option
                yield self._value(option, value)
            else:
                yield word if word.startswith("-") else self.requirement(word)

    def _value(self, option: str, value: str) -> str:
        if option in _WRITTEN:
            raise UsageError(
                f"{option} writes a file on this machine; it cannot be combined with --on.",
                do="Leave it out; buildfix keeps the log there.",
            )
        if option in _LISTS:
            return self.requirements_file(value)
        if option in _EDITABLE:
            return self.editable(value)
        return self.if_local(value) if option in _READ else value

    def _rewritten(self, path: Path) -> Content:
        """Return a requirements file whose words name the files as they are called there."""
        lines = decoded(path).splitlines(keepends=True)
        changed = False
        for one in local_references(path):
            there = self._referenced(one)
            if there != one.word:
                at = one.line - 1
                lines[at] = lines[at].replace(one.word, there, 1)
                changed = True
        return "".join(lines).encode() if changed else path

    def _referenced(self, one: LocalReference) -> str:
        if one.editable:
            return self.editable(one.word, one.place)
        if one.path is None:
            return self.requirement(one.word)
        there = self.requirements_file(str(one.path)) if one.included else self.file(one.path)
        return there if Path(one.word).is_absolute() else one.word

    def _copy_folder(self, folder: Path) -> None:
        self._copy(place_of(folder), folder)
        for place, folders, names in os.walk(folder):
            inside = Path(place)
            folders[:] = [one for one in folders if not _useless(inside / one)]
            for path in (inside / one for one in (*names, *folders)):
                if path.is_symlink():
                    _check_link(path, folder)
                if path.is_symlink() or path.is_file() or path.is_dir():  # no socket, no pipe
                    self._copy(place_of(path), path)

    def _copy(self, name: str, content: Content) -> None:
        self._copies[name] = content
        self._bytes += len(content) if isinstance(content, bytes) else content.lstat().st_size
        if self._bytes > _MOST_BYTES:
            raise UsageError(
                f"The files to copy are larger than {_MOST_BYTES >> 20} MiB.",
                do="Copy them yourself, and run buildfix there.",
            )


def place_of(path: Path) -> str:
    """Return the place of a file in the tree of folders, without a drive's colon."""
    return os.path.abspath(path).replace(os.sep, "/").replace(":", "").lstrip("/")  # noqa: PTH100


def _parted(word: str) -> tuple[str, bool, str]:
    """Return an option, whether its value is joined to it, and that value."""
    if word.startswith("--"):
        option, equals, value = word.partition("=")
        return option, bool(equals), value
    return word[:2], len(word) > 2, word[2:]


def _useless(folder: Path) -> bool:
    return folder.name == "__pycache__" or any((folder / mark).is_file() for mark in _MARKS)


def _missing(path: Path) -> UsageError:
    return UsageError(f"{path} does not exist on this machine.", do="Check the path.")


def _check_link(link: Path, folder: Path) -> None:
    target = link.readlink()
    if target.is_absolute() or not link.resolve().is_relative_to(folder.resolve()):
        raise UsageError(
            f"{link} is a link to {target}, which is not in the folder that is copied.",
            do="Build an sdist, and name that.",
        )
