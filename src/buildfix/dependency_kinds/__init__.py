"""The kinds of dependency that a build may miss, a module each; a new module is a new kind."""

from __future__ import annotations

from importlib import import_module
from pkgutil import iter_modules

from buildfix.dependency_kinds.base import DependencyKind, Surroundings, Wanted

__all__ = ["KINDS", "DependencyKind", "Surroundings", "Wanted", "kind_of"]


def _kinds() -> dict[str, DependencyKind]:
    modules = [import_module(f"{__name__}.{one.name}") for one in iter_modules(__path__)]
    classes = [one for module in modules for one in vars(module).values() if isinstance(one, type)]
    found = (one() for one in classes if issubclass(one, DependencyKind) and hasattr(one, "name"))
    return {kind.name: kind for kind in found}


KINDS = _kinds()
"""Every kind by its name."""


def kind_of(name: str) -> DependencyKind | None:
    """Return the kind of that name, None for a cause that no dependency meets."""
    return KINDS.get(name)
