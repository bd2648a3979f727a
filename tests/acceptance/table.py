"""The table of packages, as typed objects."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

TABLE = Path(__file__).with_name("table.toml")
_KEYS = {"name", "compiled", "modules", "programs", "quick"}


@dataclass(frozen=True)
class Package:
    """One project to install, and what proves that it is."""

    name: str
    compiled: bool
    modules: tuple[str, ...] = ()
    programs: tuple[tuple[str, ...], ...] = ()
    quick: bool = False


def load(path: Path = TABLE) -> tuple[Package, ...]:
    """Read the table; a misspelt key or an entry that proves nothing is an error."""
    entries = tomllib.loads(path.read_text(encoding="utf-8"))["package"]
    return tuple(_package(entry) for entry in entries)


def select(packages: Iterable[Package], names: Iterable[str], *, quick: bool) -> list[Package]:
    """Return the packages of these names, or all; with `quick` only the quick ones of them."""
    known = {package.name: package for package in packages}
    wanted = list(names) or list(known)
    if unknown := [name for name in wanted if name not in known]:
        raise ValueError(f"not in the table: {', '.join(unknown)}")
    return [known[name] for name in wanted if known[name].quick or not quick]


def _package(entry: dict[str, Any]) -> Package:
    if unknown := set(entry) - _KEYS:
        raise ValueError(f"{entry.get('name')}: unknown keys {sorted(unknown)}")
    package = Package(
        name=entry["name"],
        compiled=entry["compiled"],
        modules=tuple(entry.get("modules", ())),
        programs=tuple(tuple(argv) for argv in entry.get("programs", ())),
        quick=entry.get("quick", False),
    )
    if not (package.modules or package.programs):
        raise ValueError(f"{package.name}: neither modules nor programs to prove it")
    return package
