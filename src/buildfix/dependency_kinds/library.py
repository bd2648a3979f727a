"""A library, by its linker name without `-l`: `xml2`."""

from __future__ import annotations

import re

from buildfix.dependency_kinds.base import LIBRARIES, DependencyKind, Wanted


class Library(DependencyKind):
    """What a linker links with."""

    name = "library-missing"
    detectors = ("libraries", "words")
    homes = re.compile(LIBRARIES)
    apk_names = ("so:lib{}.so.*",)
    is_library = True

    def files(self, subject: str) -> Wanted:
        """Return the link to the shared library, or the static one."""
        return self.wanted(subject, "/lib{}.so", "/lib{}.a")


class LibraryTooOld(DependencyKind):
    """A library whose version is too old."""

    name = "library-too-old"
    detectors = ("words", "pkgconfig", "libraries", "cmake")
