"""What there is to say of a kind of dependency."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar

from buildfix.core import Host, Need
from buildfix.machines.local import Machine

PREFIX = r"(?:/usr|/usr/local|/opt/local|/data/data/com\.termux/files/usr)?"
TRIPLET = r"(?:/[a-z0-9_]+-(?:linux-)?(?:gnu|musl)\w*)?"
"""Debian's folders of one architecture (wiki.debian.org/Multiarch/Tuples)."""
LIBRARIES = rf"{PREFIX}/lib(?:64)?{TRIPLET}"
INCLUDE = rf"{PREFIX}/include{TRIPLET}"


@dataclass(frozen=True)
class Wanted:
    """How the path of a file that meets a need ends."""

    kind: str
    """The need's own kind."""
    name: str
    """What is looked for, without what every file of that kind has: `xml2` of `libxml2.so`."""
    endings: tuple[str, ...]
    """Each from a slash on."""
    substitutes: tuple[str, ...] = ()
    """Endings of what may serve in place of it, never for sure: a pkg-config file for CMake."""
    numbered: bool = False
    """Whether a number follows, as after `/libmagic.so`."""

    def rank(self, path: str) -> int | None:
        """Return which ending a path has, those of substitutes last, None where it has none."""
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
        """The endings as patterns of a shell."""
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
    """The names by which recipes recognize the dependency, by detector."""


class DependencyKind:
    """A kind of dependency: how it is recognized, seen on a machine and provided."""

    name: ClassVar[str]
    """The kind of cause that lacks it, as the contract has it."""
    detectors: ClassVar[tuple[str, ...]] = ()
    """The lists of a capability's recipe that recognize it, the best first."""
    homes: ClassVar[re.Pattern[str]] = re.compile(r"(?!)")
    """The folders where it is found without further settings."""
    apk_names: ClassVar[tuple[str, ...]] = ()
    """What apk's packages provide it as (abuild writes these names)."""
    rpm_names: ClassVar[tuple[str, ...]] = ()
    """What rpm packages provide it as, and where they have it."""
    is_library: ClassVar[bool] = False
    of_run_time: ClassVar[bool] = False
    """Whether only what is built already needs it."""
    is_python_module: ClassVar[bool] = False

    def files(self, subject: str) -> Wanted | None:
        """Return which files provide it, None if no file does."""
        del subject
        return None

    def is_present(self, need: Need, here: Surroundings) -> bool:
        """Return whether it can be seen, within milliseconds, that a need is met."""
        del need, here
        return False

    def is_unlike(self, name: str, *, development: bool) -> bool:
        """Return whether a package's name speaks against it; libraries need development packages."""
        del name
        return not development

    def wanted(self, subject: str, *endings: str) -> Wanted:
        """Return the files that end so, `{}` being the subject."""
        return Wanted(self.name, subject, tuple(one.format(subject) for one in endings))


def _without_number(path: str) -> str:
    """Return the path of a shared library without its number, nothing where it has none."""
    match = re.fullmatch(r"(.*\.so)\.[0-9.]+", path)
    return match[1] if match else ""
