"""A compiler, by its language or toolchain: `c`, `fortran`."""

from __future__ import annotations

from buildfix.core import Need
from buildfix.dependency_kinds.base import DependencyKind, Surroundings


class Compiler(DependencyKind):
    """Any program that recipes know to compile the language."""

    name = "compiler-missing"

    def is_present(self, need: Need, here: Surroundings) -> bool:
        """Return whether such a program is on PATH; versions are not compared."""
        programs = here.recognized_by("commands")
        return need.required is None and not here.host.commands.isdisjoint(programs)


class PythonHeaders(DependencyKind):
    """What extension modules are compiled with."""

    name = "python-headers-missing"

    def is_present(self, need: Need, here: Surroundings) -> bool:  # noqa: ARG002
        """Return whether the target has its headers."""
        return here.host.interpreter is not None and here.host.interpreter.has_headers


class Cuda(DependencyKind):
    """NVIDIA's toolkit."""

    name = "cuda-missing"
    detectors = ("commands", "headers")
