"""A package that CMake's find_package looks for: `OpenCV`."""

from __future__ import annotations

import re

from buildfix.dependency_kinds.base import INCLUDE, LIBRARIES, PREFIX, DependencyKind, Wanted


class CMakePackage(DependencyKind):
    """A package with a configuration file (cmake-commands(7))."""

    name = "cmake-package-missing"
    detectors = ("cmake", "words", "pkgconfig")
    homes = re.compile(
        rf"(?:{LIBRARIES}|{PREFIX}/share)(?:(?:/[^/]+)?/cmake)?(?:/[^/]+)?|{INCLUDE}"
    )
    rpm_names = ("cmake({})",)

    def files(self, subject: str) -> Wanted:
        """Return the package's configuration files.

        A package without them is found by one of CMake's own modules, which looks for its files.
        """
        lower = subject.lower()
        return Wanted(
            self.name,
            lower,
            (f"/{subject}Config.cmake", f"/{lower}-config.cmake"),
            (f"/pkgconfig/{lower}.pc", f"/{lower}.h", f"/lib{lower}.so"),
        )
