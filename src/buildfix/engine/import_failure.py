"""What a module that does not load was built against, and what is there: for the diagnosis."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

from buildfix.catalog.projects import ProjectRecipe
from buildfix.core import Diagnosis, Interpreter
from buildfix.engine.binary_inspection import LoaderContext, explain_files
from buildfix.engine.origins import known_origins
from buildfix.engine.session import Session
from buildfix.engine.temporary_folders import scratch
from buildfix.engine.verify import installed_version
from buildfix.installers import pip_options
from buildfix.installers.requirements import named_projects
from buildfix.platforms.binaries import library_folders

_OF_FILES = frozenset({"abi-mismatch", "platform-unsupported", "runtime-library-missing"})
"""Causes of which the files may tell more than the message."""


def explain_abi(session: Session, diagnosis: Diagnosis, message: str) -> Diagnosis:
    """Return a diagnosis of an import with the library and versions that are in play."""
    cause = diagnosis.cause
    if cause is None or cause.kind not in _OF_FILES or not session.local:
        return diagnosis
    recipe = session.knowledge.project(cause.subject) if cause.kind == "abi-mismatch" else None
    if recipe and recipe.breaks:
        return _told_of_break(session, diagnosis, recipe, message)
    told = explain_files(message, _surround(session))
    packages = "".join(_of_package(session, library) for library in told.libraries)
    if session.against:
        _read_source(session)
    return replace(diagnosis, says=f"{told.says}{packages}") if told.says else diagnosis


def _read_source(session: Session) -> None:
    """Find out what a build of the broken distribution asks for: it will be done unisolated."""
    from buildfix.forecast.builds import read_build  # only now: it takes its time to load
    from buildfix.forecast.releases import fetch_source

    if session.broken is None:
        return
    requirement, options = session.broken, pip_options(session.request)
    name, origins = Requirement(requirement).name, known_origins(session)
    with scratch() as folder:
        python, sdist = session.interpreter.path, origins.paths.get(canonicalize_name(name))
        if sdist is None and not origins.may_be_direct(name, session.request):
            sdist = fetch_source(session.machine, python, requirement, folder, options)
        build = sdist and read_build(sdist, session.host(), session.knowledge)
    if build:
        session.rebuilt = {name: build.build_requires}


def _told_of_break(
    session: Session, diagnosis: Diagnosis, recipe: ProjectRecipe, message: str
) -> Diagnosis:
    """Return the diagnosis with the version that is here of what the module was built against.

    An older one may take its place where nobody asked for the one that is here.
    """
    version = installed_version(session.machine, session.interpreter, recipe.name)
    if version is None:
        return diagnosis
    direct = known_origins(session).may_be_direct(recipe.name, session.request)
    if recipe.name not in named_projects(session.request) and not direct:
        session.pair = _pair(recipe, message, Version(version), session.interpreter)
    return replace(diagnosis, says=f"{diagnosis.says} {recipe.name} {version} is here.")


def _pair(
    recipe: ProjectRecipe, message: str, version: Version, interpreter: Interpreter
) -> str | None:
    """Return the requirement that a module was built with, where this Python can have that."""
    python = Version(interpreter.version)
    for one in recipe.breaks:
        if version >= one.since and python < one.python and one.pattern.search(message):
            return f"{recipe.name}<{one.since}"
    return None


def _surround(session: Session) -> LoaderContext:
    host, interpreter = session.host(), session.interpreter
    folders = library_folders(host.system, host.arch, interpreter.prefix, interpreter.site)
    macos = host.version if host.system == "darwin" else ""
    return LoaderContext(interpreter, host.arch, macos, folders, session.knowledge.loaders)


def _of_package(session: Session, path: Path) -> str:
    """Return of which installed package a library is part; it is what to build against then."""
    inside = (path.relative_to(one) for one in session.interpreter.site if path.is_relative_to(one))
    name = next((one.parts[0] for one in inside), "")
    version = installed_version(session.machine, session.interpreter, name) if name else None
    if version is None:
        return ""
    session.against = name
    return f" {path.name} is of {name} {version}."
