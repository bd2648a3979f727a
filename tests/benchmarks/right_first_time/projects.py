"""The projects, and what the oracle knows of each beforehand, as typed objects."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from tests.acceptance.table import Package
from tests.acceptance.table import load as load_acceptance
from tests.bed import SUITES
from tests.bed.roots import TOOLCHAIN_PACKAGES

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

TABLE = Path(__file__).with_name("projects.toml")
_PROOF = ("modules", "programs")
_KNOWN = ("toolchain", "packages", "env", "pip", "oracle", "note")
_KEYS = {"name", "heavy", "apart", *_PROOF, *_KNOWN}


@dataclass(frozen=True)
class Known:
    """What an expert knows beforehand of building a project in one suite."""

    toolchain: bool = True
    packages: tuple[str, ...] = ()
    env: Mapping[str, str] = field(default_factory=dict)
    pip: tuple[str, ...] = ()
    oracle: bool = True
    note: str = ""

    @property
    def transaction(self) -> tuple[str, ...]:
        """All Debian packages that are asked of apt, at once."""
        return (*(TOOLCHAIN_PACKAGES if self.toolchain else ()), *self.packages)


@dataclass(frozen=True)
class Project:
    """One project to be built from source, in several ways."""

    package: Package
    """Its name, and what proves that it is installed."""
    known: Mapping[str, Known]
    """What the oracle knows, by suite."""
    heavy: bool = False
    most_downloaded: bool = False
    """Whether it is one of the 37 compiled ones among PyPI's 150 most downloaded."""

    @property
    def name(self) -> str:
        """What is asked of pip."""
        return self.package.name


def load(path: Path = TABLE) -> tuple[Project, ...]:
    """Read the table; raises ValueError for a misspelt key or what proves nothing."""
    accepted = {package.name: package for package in load_acceptance()}
    document = tomllib.loads(path.read_text(encoding="utf-8"))
    most = set(document.get("most-downloaded", ()))
    projects = tuple(
        replace(_project(entry, accepted.get(entry["name"])), most_downloaded=entry["name"] in most)
        for entry in document["project"]
    )
    names = [project.name for project in projects]
    if unknown := sorted(most.difference(names)):
        raise ValueError(f"most-downloaded names no project: {', '.join(unknown)}")
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise ValueError(f"named twice: {', '.join(twice)}")
    return projects


def select(projects: Iterable[Project], names: Iterable[str], *, heavy: bool) -> list[Project]:
    """Return the projects of these names, or else all; heavy ones when named or asked for."""
    by_name = {project.name: project for project in projects}
    wanted = list(names)
    if unknown := [name for name in wanted if name not in by_name]:
        raise ValueError(f"not in the table: {', '.join(unknown)}")
    if wanted:
        return [by_name[name] for name in wanted]
    return [project for project in by_name.values() if heavy or not project.heavy]


def _project(entry: dict[str, Any], accepted: Package | None) -> Project:
    name = entry["name"]
    _refuse_unknown(name, set(entry) - _KEYS)
    apart = entry.get("apart", {})
    _refuse_unknown(name, set(apart) - set(SUITES))
    for other in apart.values():
        _refuse_unknown(name, set(other) - set(_KNOWN))
    if accepted and not set(entry).isdisjoint(_PROOF):
        raise ValueError(f"{name}: what proves it stands in the acceptance table")
    known = {suite: _known({**entry, **apart.get(suite, {})}) for suite in SUITES}
    package = accepted or _package(entry)
    return Project(package, known, heavy=entry.get("heavy", False))


def _package(entry: dict[str, Any]) -> Package:
    package = Package(
        name=entry["name"],
        compiled=entry.get("toolchain", True),
        modules=tuple(entry.get("modules", ())),
        programs=tuple(tuple(argv) for argv in entry.get("programs", ())),
    )
    if not (package.modules or package.programs):
        raise ValueError(f"{package.name}: neither modules nor programs to prove it")
    return package


def _known(entry: Mapping[str, Any]) -> Known:
    return Known(
        toolchain=entry.get("toolchain", True),
        packages=tuple(entry.get("packages", ())),
        env=dict(entry.get("env", {})),
        pip=tuple(entry.get("pip", ())),
        oracle=entry.get("oracle", True),
        note=entry.get("note", ""),
    )


def _refuse_unknown(name: str, keys: set[str]) -> None:
    if keys:
        raise ValueError(f"{name}: unknown keys {sorted(keys)}")
