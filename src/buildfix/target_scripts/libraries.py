"""Makes buildfix's own `packaging` and `resolvelib` importable, not those of the target."""

from __future__ import annotations

import importlib.util
import os
import sys
from importlib import import_module

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


def adopt(modules: Iterable[str], folders: Mapping[str, str]) -> None:
    """Load modules of packages, each package from the folder listed under its name.

    A package that is missing, or too new for this Python, is replaced by the copy in pip.
    """
    parts: dict[str, list[str]] = {}
    for module in modules:
        parts.setdefault(module.partition(".")[0], []).append(module)
    for package, names in parts.items():
        try:
            load(package, folders.get(package, ""), names)
        except Exception:  # a package for newer Pythons may raise anything
            take_from_pip(package)


def load(package: str, folder: str, modules: Iterable[str]) -> None:
    """Load a package from a folder, with its modules."""
    place = os.path.join(folder, "__init__.py")
    spec = importlib.util.spec_from_file_location(
        package, place, submodule_search_locations=[folder]
    )
    if spec is None or spec.loader is None:
        raise ImportError(package)
    sys.modules[package] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(sys.modules[package])
    for module in modules:
        import_module(module)


def take_from_pip(package: str) -> None:
    """Replace a package by the copy in pip; remove it if that pip has none."""
    for loaded in [one for one in sys.modules if one.split(".")[0] == package]:
        del sys.modules[loaded]
    try:
        sys.modules[package] = import_module("pip._vendor." + package)
    except ImportError:
        sys.modules.pop(package, None)
