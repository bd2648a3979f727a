"""What pyproject.toml and PKG-INFO say: backend, requirements, PEP 725, setuptools' tables."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from email.message import Message
from email.parser import HeaderParser
from typing import Any

from buildfix.analysis.archive import SourceTree
from buildfix.analysis.survey import Survey
from buildfix.analysis.toml_text import read_toml, table, texts
from buildfix.installers.request_items import project_of, requirement_of
from buildfix.installers.requirements import LEGACY_REQUIRES
from buildfix.platforms.surroundings import Surroundings

_DYNAMIC = "dynamic"
_STATIC = ("name", "version", "requires-python")


@dataclass(frozen=True)
class Project:
    """The static facts of a project."""

    name: str
    version: str
    """Empty where it is not static."""
    backend: str
    backend_path: tuple[str, ...]
    """The folders of the tree that the backend lies in (PEP 517); none where it is from PyPI."""
    build_requires: tuple[str, ...]
    requires_python: str | None
    requires: tuple[str, ...]
    """What it requires to run, where that is static."""
    tool: dict[str, Any]
    external: dict[str, Any]

    @property
    def build_names(self) -> frozenset[str]:
        """The normalised names of what the build requires."""
        return names_of(self.build_requires)


def read_project(tree: SourceTree, surroundings: Surroundings) -> Project:
    """Return what the tree's pyproject.toml and PKG-INFO say, as it holds in the surroundings."""
    document = read_toml(tree.text("pyproject.toml"))
    system, project = table(document, "build-system"), table(document, "project")
    metadata = HeaderParser().parsestr(tree.text("PKG-INFO") or "")
    dynamic = {*texts(project.get(_DYNAMIC)), *map(str.lower, metadata.get_all("Dynamic", []))}
    requires = texts(project.get("dependencies"))
    if not requires and "requires-dist" not in dynamic:
        requires = tuple(metadata.get_all("Requires-Dist", []))
    asked = texts(system.get("requires")) if "requires" in system else LEGACY_REQUIRES
    static = {one: project.get(one) or metadata.get(one) for one in _STATIC}
    return Project(
        name=str(static["name"] or ""),
        version=str(static["version"] or ""),
        backend=str(system.get("build-backend") or "setuptools.build_meta:__legacy__"),
        backend_path=texts(system.get("backend-path")),
        build_requires=tuple(_that_apply(asked, surroundings)),
        requires_python=_text(static["requires-python"]),
        requires=tuple(_that_apply(requires, surroundings)),
        tool=table(document, "tool"),
        external=table(document, "external") or _external_of(metadata),
    )


def _external_of(metadata: Message) -> dict[str, Any]:
    """Return what PKG-INFO says of [external] where pyproject.toml does not have that table."""
    needed = metadata.get_all("Requires-External-Dep")
    return {"dependencies": needed} if needed else {}


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None


def _that_apply(requirements: tuple[str, ...], surroundings: Surroundings) -> Iterator[str]:
    """Yield the requirements whose markers hold, without their markers."""
    for text in requirements:
        requirement = requirement_of(text)
        if requirement is None:
            continue
        if requirement.marker is None or requirement.marker.evaluate(surroundings.markers()):
            requirement.marker = None
            yield str(requirement)


def names_of(requirements: tuple[str, ...]) -> frozenset[str]:
    """Return the normalised names of requirements."""
    return frozenset(filter(None, map(project_of, requirements)))


def note_extension_tables(survey: Survey, tool: dict[str, Any]) -> list[str]:
    """Note setuptools' extensions that are declared as data; return the manifests of crates."""
    modules = table(tool, "setuptools").get("ext-modules")
    for module in modules if isinstance(modules, list) else []:
        if isinstance(module, dict):
            _note_extension(survey, module)
    crates = table(tool, "setuptools-rust").get("ext-modules")
    listed = crates if isinstance(crates, list) else []
    return [str(one.get("path", "Cargo.toml")) for one in listed if isinstance(one, dict)]


def _note_extension(survey: Survey, module: dict[str, Any]) -> None:
    defined = (one for one in module.get("define-macros", []) if isinstance(one, list) and one)
    macros = frozenset(one[0] for one in defined if isinstance(one[0], str))
    for library in texts(module.get("libraries")):
        optional = bool(module.get("optional"))
        survey.library(library, "pyproject.toml", "optional" if optional else "sure")
    for source in texts(module.get("sources")):
        survey.compiled(source, macros, "pyproject.toml")
    if module.get("language") == "c++":
        survey.compiles("cxx", "pyproject.toml")
