"""Following CMakeLists.txt and the modules of its tree on an imagined machine."""

from __future__ import annotations

from buildfix.analysis.cmake.reader import defined_by, read_cmake

__all__ = ["defined_by", "read_cmake"]
