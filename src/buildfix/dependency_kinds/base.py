"""The base class of kinds of dependency."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import ClassVar

from buildfix.core import Host, Need
from buildfix.core.light_dataclass import dataclass
from buildfix.machines.local import Machine

PREFIX = r"(?:/usr|/usr/local|/opt/local|/data/data/com\.termux/files/usr)?"
TRIPLET = r"(?:/[a-z0-9_]+-(?:linux-)?(?:gnu|musl)\w*)?"
"""Debian's folders of one architecture (wiki.debian.org/Multiarch/Tuples)."""
LIBRARIES = rf"{PREFIX}/lib(?:64)?{TRIPLET}"
INCLUDE = rf"{PREFIX}/include{TRIPLET}"


@dataclass(frozen=True)
class Wanted:
    """What the path of a file that meets a need ends with."""

    kind: str
    """The kind of the need."""
    name: str
    """What is looked for, without common parts of such files: `xml2` for `libxml2.so`."""
    endings: tuple[str, ...]
    """Each starts with a slash."""
    substitutes: tuple[str, ...] = ()
    """Endings of possible substitutes, which are never sure: a pkg-config file for CMake."""
    numbered: bool = False
    """Whether a number follows, as after `/libmagic.so`."""

    def rank(self, path: str) -> int | None:
        """Return the index of a path's ending, substitutes last; None if it has none of them."""
        if self.numbered:
            path = _without_number(path)
        found = (
            rank
            for rank, ending in enumerate((*self.endings, *self.substitutes))
            if path.endswith(ending)
        )
        return next(found, None)

    @property
    def globs(self) -> tuple[str, ...]:
        """The endings as shell patterns."""
        number = ".[0-9]*" if self.numbered else ""
        return tuple(f"*{ending}{number}" for ending in (*self.endings, *self.substitutes))


@dataclass(frozen=True)
class Surroundings:
    """The machine on which a dependency may be present."""

    host: Host
    machine: Machine
    header_folders: tuple[str, ...]
    """Where the compiler looks for headers."""
    recognized_by: Callable[[str], tuple[str, ...]]
    """Returns the names by which recipes recognize the dependency, for a detector."""


class DependencyKind:
    """A kind of dependency: how it is recognized, found on a machine and provided."""

    name: ClassVar[str]
    """The kind of cause for a missing one, as in the contract."""
    detectors: ClassVar[tuple[str, ...]] = ()
    """The lists in a capability's recipe that recognize it, the best first."""
    homes: ClassVar[re.Pattern[str]] = re.compile(r"(?!)")
    """The folders where it is found without additional settings."""
    apk_names: ClassVar[tuple[str, ...]] = ()
    """The names under which apk packages provide it (abuild writes them)."""
    rpm_names: ClassVar[tuple[str, ...]] = ()
    """The names under which rpm packages provide it, and where they have it."""
    is_library: ClassVar[bool] = False
    of_run_time: ClassVar[bool] = False
    """Whether only installed modules need it."""
    is_python_module: ClassVar[bool] = False

    def files(self, subject: str) -> Wanted | None:
        """Return which files provide it; None if no file does."""
        del subject
        return None

    def is_present(self, need: Need, here: Surroundings) -> bool:
        """Return whether a need is met, as far as milliseconds can tell."""
        del need, here
        return False

    def is_unlike(self, name: str, *, development: bool) -> bool:
        """Return whether a package's name speaks against it: libraries are in development ones."""
        del name
        return not development

    def wanted(self, subject: str, *endings: str) -> Wanted:
        """Return the files with these endings, `{}` being the subject."""
        return Wanted(self.name, subject, tuple(one.format(subject) for one in endings))


def _without_number(path: str) -> str:
    """Return a shared library's path without its number; empty if it has none."""
    match = re.fullmatch(r"(.*\.so)\.[0-9.]+", path)
    return match[1] if match else ""
