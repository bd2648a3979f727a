"""Capabilities that share packages on one system and not on others.

Such a pair is either one package with several things in it, or a name that stands for less than
the capability is: XCB's utilities were "libxcb" on ten systems.
"""

from __future__ import annotations

import functools
import sys
from collections import defaultdict
from collections.abc import Iterator, Mapping
from itertools import combinations
from pathlib import Path

from buildfix.catalog import shipped_folder

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

_Pair = tuple[str, str]
_REVIEWED = Path(__file__).with_name("shared.toml")


@functools.cache
def packages_of_systems() -> dict[str, dict[str, frozenset[str]]]:
    """Return what each system installs for each capability, of systems that extend no other."""
    files = (shipped_folder() / "hosts").glob("*.toml")
    tables = (tomllib.loads(path.read_text(encoding="utf-8")) for path in sorted(files))
    return {
        table["host"]["id"]: {
            name: frozenset(entry["build"])
            for name, entry in table["packages"].items()
            if entry.get("build")
        }
        for table in tables
        if "extends" not in table["host"]
    }


def shared(systems: Mapping[str, Mapping[str, frozenset[str]]]) -> set[tuple[_Pair, str]]:
    """Return the pairs that share all their packages on a system, but not on every system."""
    same, apart = defaultdict(set), set()
    for system, packages in systems.items():
        for pair in combinations(sorted(packages), 2):
            if packages[pair[0]] == packages[pair[1]]:
                same[pair].add(system)
    for pair, there in same.items():
        rest = (systems[name] for name in systems.keys() - there)
        if any(pair[0] in packages and pair[1] in packages for packages in rest):
            apart.add(pair)
    return {(pair, system) for pair in apart for system in same[pair]}


def reviewed() -> Iterator[tuple[_Pair, str]]:
    """Yield the pairs and systems of which someone has seen that the name is right."""
    for entry in tomllib.loads(_REVIEWED.read_text(encoding="utf-8"))["shared"]:
        for pair in combinations(sorted(f"dep:{name}" for name in entry["capabilities"]), 2):
            for system in entry["systems"]:
                yield pair, system
