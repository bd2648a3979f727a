"""Lets buildfix's own `packaging` and `resolvelib` be imported, whatever the target has."""

from __future__ import annotations

import importlib.util
import os
import sys
from importlib import import_module

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


def adopt(modules: Iterable[str], folders: Mapping[str, str]) -> None:
    """Load modules of packages from these folders, by the packages' names.

    A package that is not there, or is too new for this Python, is pip's own of that name.
    """
    parts: dict[str, list[str]] = {}
    for module in modules:
        parts.setdefault(module.partition(".")[0], []).append(module)
    for package, names in parts.items():
        try:
            load(package, folders.get(package, ""), names)
        except Exception:  # whatever a package does on a Python that it is not for
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
    """Have a package be what pip brings with it; nothing where pip is older than its resolver."""
    for loaded in [one for one in sys.modules if one.split(".")[0] == package]:
        del sys.modules[loaded]
    try:
        sys.modules[package] = import_module("pip._vendor." + package)
    except ImportError:
        sys.modules.pop(package, None)
