"""A library that a build script mentions in its own words: `jpeg`, `gdal`."""

from __future__ import annotations

from buildfix.dependency_kinds.base import DependencyKind


class Dependency(DependencyKind):
    """What a build names in some other way."""

    name = "dependency-missing"
    detectors = ("words", "pkgconfig", "libraries", "cmake", "commands")
