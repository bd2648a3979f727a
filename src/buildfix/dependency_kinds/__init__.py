"""The kinds of dependency that a build may lack, one module each; a new module is a new kind."""

from __future__ import annotations

from importlib import import_module
from pkgutil import iter_modules

from buildfix.dependency_kinds.base import DependencyKind, Surroundings, Wanted

__all__ = ["KINDS", "DependencyKind", "Surroundings", "Wanted", "kind_of"]


for _module in iter_modules(__path__):
    import_module(f"{__name__}.{_module.name}")
KINDS = {one.name: one() for one in DependencyKind.__subclasses__()}
"""Every kind by its name."""


def kind_of(name: str) -> DependencyKind | None:
    """Return the kind with that name; None for a cause that no dependency fixes."""
    return KINDS.get(name)
