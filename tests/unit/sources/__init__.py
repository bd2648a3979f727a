"""Source trees made of texts, for the tests of what reads them."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from buildfix.analysis import Reading, Surroundings, read_source
from buildfix.catalog import Knowledge

LINUX = Surroundings("linux", "x86_64", "glibc", "3.13.5")
WINDOWS = Surroundings("win32", "AMD64", "", "3.13.5", "msvc")
MACOS = Surroundings("darwin", "arm64", "", "3.13.5", "clang")
KNOWLEDGE = Knowledge()


@dataclass(frozen=True)
class Tree:
    """A source tree in memory."""

    files: Mapping[str, str]

    def names(self) -> Collection[str]:
        return self.files.keys()

    def text(self, name: str) -> str | None:
        return self.files.get(name)

    def size(self, name: str) -> int:
        return len(self.files[name])


def read(files: Mapping[str, str], here: Surroundings = LINUX) -> Reading:
    """Read a tree made of these files."""
    return read_source(Tree(files), here, KNOWLEDGE)


def needs(files: Mapping[str, str], here: Surroundings = LINUX) -> set[str]:
    """Return what is surely needed, as text, without compilers and Python's headers."""
    found = {str(finding.need) for finding in read(files, here).needs if finding.sure}
    return {need for need in found if not need.startswith(("compiler-", "python-headers"))}


def languages(files: Mapping[str, str], here: Surroundings = LINUX) -> set[str]:
    """Return the languages whose compilers are surely needed."""
    findings = read(files, here).needs
    return {
        one.need.subject for one in findings if one.need.kind == "compiler-missing" and one.sure
    }


def optional(files: Mapping[str, str], here: Surroundings = LINUX) -> set[str]:
    """Return what is made use of where it is there."""
    return {str(finding.need) for finding in read(files, here).optional}
