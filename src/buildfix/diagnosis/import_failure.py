"""Explains a failed import: what the module was built against, and what is installed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from packaging.version import Version

from buildfix.catalog import Knowledge
from buildfix.catalog.projects import ProjectRecipe
from buildfix.core import Diagnosis, Host, Interpreter
from buildfix.diagnosis.binary_inspection import LoaderContext, explain_files
from buildfix.diagnosis.logs.rank import diagnose
from buildfix.platforms.binaries import library_folders

_OF_FILES = frozenset({"abi-mismatch", "platform-unsupported", "runtime-library-missing"})
"""Causes for which the files may tell more than the message."""

InstalledVersion = Callable[[str], str | None]
"""The installed version of a distribution in the target; None if there is none."""


@dataclass(frozen=True)
class ImportExplanation:
    """A diagnosis of an import, and what could be rebuilt or installed."""

    diagnosis: Diagnosis
    pair: str | None = None
    """The requirement that the module was built with, if this Python can have it."""
    against: str | None = None
    """The installed distribution with the library that it was built against."""


def explain_abi(
    diagnosis: Diagnosis,
    message: str,
    host: Host,
    interpreter: Interpreter,
    knowledge: Knowledge,
    installed: InstalledVersion,
) -> ImportExplanation:
    """Return a diagnosis of an import with the library and versions that are in play."""
    cause = diagnosis.cause
    if cause is None or cause.kind not in _OF_FILES:
        return ImportExplanation(diagnosis)
    recipe = knowledge.project(cause.subject) if cause.kind == "abi-mismatch" else None
    if recipe and recipe.breaks:
        version = installed(recipe.name)
        if version is None:
            return ImportExplanation(_missing(diagnosis, recipe.name, knowledge))
        return _explain_break(diagnosis, recipe, message, Version(version), interpreter)
    folders = library_folders(host.system, host.arch, interpreter.prefix, interpreter.site)
    macos = host.version if host.system == "darwin" else ""
    place = LoaderContext(interpreter, host.arch, macos, folders, knowledge.loaders)
    found = explain_files(message, place)
    says, against = found.says, None
    for path, owner in _owners(found.libraries, interpreter):
        if version := installed(owner):
            says, against = f"{says} {path.name} belongs to {owner} {version}.", owner
    return ImportExplanation(replace(diagnosis, says=says or diagnosis.says), against=against)


def _explain_break(
    diagnosis: Diagnosis,
    recipe: ProjectRecipe,
    message: str,
    here: Version,
    interpreter: Interpreter,
) -> ImportExplanation:
    """Return the diagnosis with the version that is here of what the module was built against."""
    python = Version(interpreter.version)
    pairs = (
        f"{recipe.name}<{one.since}"
        for one in recipe.breaks
        if here >= one.since and python < one.python and one.pattern.search(message)
    )
    says = f"{diagnosis.says} {recipe.name} {here} is installed."
    return ImportExplanation(replace(diagnosis, says=says), pair=next(pairs, None))


def _missing(diagnosis: Diagnosis, name: str, knowledge: Knowledge) -> Diagnosis:
    """Return a diagnosis of an import that fails because a distribution is not installed.

    Its message is that of an installed one that does not fit.
    """
    read = diagnose([f"ModuleNotFoundError: No module named '{name}'"], knowledge)
    if diagnosis.cause is None or read.cause is None:
        return diagnosis
    cause = replace(read.cause, line=diagnosis.cause.line, text=diagnosis.cause.text)
    return replace(diagnosis, cause=cause, says=read.says, advice=read.advice, never=read.never)


def of_another_project(
    diagnosis: Diagnosis, project: str, module: str, knowledge: Knowledge
) -> Diagnosis:
    """Return a diagnosis that says so if `module` of a project imports what is not its own."""
    cause = diagnosis.cause
    if cause is None or cause.kind != "python-module-missing":
        return diagnosis
    top = cause.subject.partition(".")[0]
    if top == module.partition(".")[0]:
        return diagnosis
    says = f"{project} imports {top}, which is not installed."
    name = knowledge.modules.get(top) or f"the distribution that has the module {top}"
    advice = f"Install {name} into the same environment."
    return replace(diagnosis, says=says, advice=advice, never=())


def _owners(libraries: Iterable[Path], interpreter: Interpreter) -> Iterator[tuple[Path, str]]:
    """Yield the libraries that belong to installed packages, each with that package."""
    for path in libraries:
        site = next(filter(path.is_relative_to, interpreter.site), None)
        if site:
            yield path, path.relative_to(site).parts[0]
