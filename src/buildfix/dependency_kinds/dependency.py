"""A library that a build script names in words: `jpeg`, `gdal`."""

from __future__ import annotations

from buildfix.dependency_kinds.base import DependencyKind


class Dependency(DependencyKind):
    """What a build names in whatever way."""

    name = "dependency-missing"
    detectors = ("words", "pkgconfig", "libraries", "cmake", "commands")
