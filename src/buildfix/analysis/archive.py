"""A source tree read where it lies, a folder or an archive, with nothing unpacked and nothing run.

An archive comes from strangers: it is read in one pass as a stream, names that leave the tree and
links are passed over, and what is kept of it is bounded, so that neither a bomb nor a hundred
megabytes of data cost memory.
"""

from __future__ import annotations

import os
import posixpath
import re
import stat
import tarfile
import zipfile
import zlib
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from lzma import LZMAError
from pathlib import Path, PurePosixPath
from typing import IO, Protocol

from buildfix.core.errors import BuildfixError
from buildfix.target_scripts.archive_limits import Member, most_unpacked

MAX_MEMBERS = 200_000
MAX_UNPACKED = 4 << 30
"""Bytes that all members of an archive may have together."""
MAX_KEPT = 96 << 20
"""Bytes of text that are kept of one tree."""
_BUILD_FILE = 4 << 20
_SCRIPT = 512 << 10
_SETTING = 4 << 10
_CODE = 64 << 10
"""Of compiled sources only the beginning is kept, where they name what they include."""

_BUILD_NAMES = frozenset(
    [
        *("pyproject.toml", "setup.cfg", "setup.py", "PKG-INFO", "meson.build"),
        *("meson.options", "meson_options.txt", "CMakeLists.txt", "Cargo.toml"),
        *("Cargo.lock", "configure", "configure.ac", "configure.in"),
        *("rust-toolchain", "rust-toolchain.toml", "build.rs", "site.cfg", "hatch.toml"),
        *("GNUmakefile", "makefile", "Makefile"),
    ]
)
_AUTHORS = re.compile(
    r"(?:^|/)(?:[^/]*dockerfile[^/]*|readme[^/]*|install(?:ation)?(?:\.md|\.rst|\.txt)?|aptfile"
    r"|(?:apt|packages|apt-packages)\.txt|debian/control|(?:meta|recipe)\.ya?ml"
    r"|(?:\.github/workflows/|\.circleci/|\.ci/|^)[^/]*\.ya?ml)$",
    re.IGNORECASE,
)
"""Files in which authors say what they install."""
_SETTINGS = re.compile(r"(?:[A-Z][A-Z_]+|[\w.-]+\.(?:env|ini))\Z")
"""Files with a word or two that build scripts read, as `VERSION`."""
_BUILD_SUFFIXES = (".cmake", ".wrap", ".sh", ".pyx", ".pxd", ".pxi", ".i", ".m4", ".mk")
_CODE_SUFFIXES = [
    *(".c", ".h", ".cc", ".hh", ".cpp", ".hpp", ".cxx", ".hxx", ".c++", ".h++"),
    *(".ipp", ".inc", ".inl", ".tpp", ".m", ".mm", ".tcc", ".h.in", ".pyx.in"),
]
ASIDE = re.compile(
    r"(?:^|/)(?:tests?|testing|docs?|examples?|benchmarks?|demos?|vectors|\.git|__pycache__"
    r"|node_modules|\.venv|venv|\.tox|\.nox|locale|fixtures)/"
)
"""Folders whose scripts no build reads."""
_LEFT_OUT = frozenset({".git", ".hg", ".svn", "__pycache__", ".venv", ".tox", ".nox"})


class SourceUnreadable(BuildfixError):
    """The source is no archive or folder that can be read."""


class SourceTree(Protocol):
    """The files of a source, by paths relative to its root, with `/` between their parts."""

    def names(self) -> Collection[str]:
        """Return the paths of all files."""
        ...

    def text(self, name: str) -> str | None:
        """Return a file's text, its beginning where it is long; None where it was not kept."""
        ...

    def size(self, name: str) -> int:
        """Return how many bytes a file of the tree has, 0 if that is unknown."""
        ...


def open_tree(path: Path) -> SourceTree:
    """Return the tree of a folder, an sdist or a zip file; raises SourceUnreadable."""
    if path.is_dir():
        return _FolderTree(path, frozenset(_walk(path)))
    try:
        if zipfile.is_zipfile(path):
            return _read_zip(path)
        return _read_tar(path)
    except _UNREADABLE as error:
        raise SourceUnreadable(
            f"Cannot read {path.name} as a source archive: {error}.", unchanged=""
        ) from error


_UNREADABLE = (
    OSError,
    EOFError,
    tarfile.TarError,
    zipfile.BadZipFile,
    zlib.error,
    LZMAError,
    NotImplementedError,
    RuntimeError,
    ValueError,
)


def kept_bytes(name: str) -> int:
    """Return how many bytes of a file readers may want, 0 for none."""
    base = posixpath.basename(name)
    if base in _BUILD_NAMES or base.endswith(_BUILD_SUFFIXES):
        return _BUILD_FILE
    if base.endswith(".py"):
        return 0 if ASIDE.search(name) else _SCRIPT
    if _AUTHORS.search(name):
        return _SCRIPT
    if name.count("/") <= 1 and _SETTINGS.match(base):
        return _SETTING
    return _CODE if base.endswith(tuple(_CODE_SUFFIXES)) or base == "lib.rs" else 0


@dataclass
class _KeptTree:
    """What was kept of an archive."""

    files: dict[str, int] = field(default_factory=dict)
    """The size of each file."""
    kept: dict[str, bytes] = field(default_factory=dict)
    kept_size: int = 0

    def names(self) -> Collection[str]:
        return self.files.keys()

    def size(self, name: str) -> int:
        return self.files[name]

    def text(self, name: str) -> str | None:
        data = self.kept.get(name)
        return None if data is None else data.decode("utf-8", "replace")

    def add(self, name: str, size: int, stream: IO[bytes] | None) -> None:
        """Note a member, and keep what readers may want of it."""
        self.files[name] = size
        wanted = min(kept_bytes(name), MAX_KEPT - self.kept_size) if stream else 0
        if stream and wanted > 0:
            data = stream.read(wanted)
            self.kept[name] = data
            self.kept_size += len(data)

    def rooted(self) -> _KeptTree:
        """Return the tree without the one folder that an sdist puts everything into."""
        tops = {name.partition("/")[0] for name in self.files}
        if len(tops) != 1 or not all("/" in name for name in self.files):
            return self
        cut = len(tops.pop()) + 1
        return _KeptTree(
            {name[cut:]: size for name, size in self.files.items()},
            {name[cut:]: data for name, data in self.kept.items()},
            self.kept_size,
        )


class _Budget:
    """Counts what an archive's members claim, and stops a bomb before it goes off."""

    def __init__(self, packed: int) -> None:
        """Allow for what an archive of `packed` bytes may hold."""
        self._members = 0
        self._bytes = 0
        self._most = min(MAX_UNPACKED, most_unpacked(packed))

    def spend(self, size: int) -> None:
        self._members += 1
        self._bytes += size
        if self._members > MAX_MEMBERS or self._bytes > self._most or size < 0:
            raise ValueError("it is larger than a source archive should be")


def _read_tar(path: Path) -> SourceTree:
    tree, budget = _KeptTree(), _Budget(path.stat().st_size)
    with tarfile.open(path, "r|*", tarinfo=Member) as archive:
        for member in archive:
            budget.spend(member.size)
            name = _inside(member.name)
            if member.isreg() and name:
                stream = archive.extractfile(member) if kept_bytes(name) else None
                tree.add(name, member.size, stream)
            archive.members = []  # type: ignore[attr-defined]  # tarfile would keep them all
    return tree.rooted()


def _read_zip(path: Path) -> SourceTree:
    tree, budget = _KeptTree(), _Budget(path.stat().st_size)
    with zipfile.ZipFile(path) as archive:
        for member in archive.infolist():
            budget.spend(member.file_size)
            name = _inside(member.filename)
            mode = member.external_attr >> 16
            if not name or member.is_dir() or stat.S_ISLNK(mode):
                continue
            if kept_bytes(name):
                with archive.open(member) as stream:
                    tree.add(name, member.file_size, stream)
            else:
                tree.add(name, member.file_size, None)
    return tree.rooted()


def _inside(name: str) -> str | None:
    """Return a member's path made plain, None where it leaves the tree."""
    if name.startswith("/") or "\\" in name or "\0" in name:
        return None
    plain = posixpath.normpath(name)
    return None if plain in (".", "..") or plain.startswith("../") else plain


def _walk(root: Path) -> Iterator[str]:
    """Yield the paths of a folder's files, links left aside."""
    count = 0
    for folder, folders, files in os.walk(root):
        folders[:] = [
            name
            for name in folders
            if name not in _LEFT_OUT and not Path(folder, name).is_symlink()
        ]
        for name in files:
            count += 1
            if count > MAX_MEMBERS:
                raise SourceUnreadable(
                    f"{root} contains too many files for a source tree.", unchanged=""
                )
            yield Path(folder, name).relative_to(root).as_posix()


@dataclass(frozen=True)
class _FolderTree:
    """A folder, whose files are read when they are asked for."""

    root: Path
    files: frozenset[str]

    def names(self) -> Collection[str]:
        return self.files

    def size(self, name: str) -> int:
        try:
            return (self.root / PurePosixPath(name)).lstat().st_size
        except OSError:
            return 0

    def text(self, name: str) -> str | None:
        limit = kept_bytes(name)
        path = self.root / PurePosixPath(name)
        if name not in self.files or not limit or path.is_symlink():
            return None
        try:
            if not path.is_file():  # a pipe would never end
                return None
            with path.open("rb") as stream:
                return stream.read(limit).decode("utf-8", "replace")
        except OSError:
            return None
