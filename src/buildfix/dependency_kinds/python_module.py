"""A Python module that a build imports."""

from __future__ import annotations

from buildfix.dependency_kinds.base import DependencyKind


class PythonModule(DependencyKind):
    """A module that a build script imports but its project does not declare."""

    name = "python-module-missing"
    is_python_module = True


class Backend(DependencyKind):
    """The module of a build backend."""

    name = "backend-missing"
    is_python_module = True
