"""Connects a run with the functions in diagnosis/, and records their answers."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from buildfix.core import Diagnosis, learned
from buildfix.diagnosis.import_failure import explain_abi
from buildfix.diagnosis.missing_libraries import missing_here, with_all_missing
from buildfix.diagnosis.refine_diagnosis import (
    RefineContext,
    backend_too_old,
    header_of_newer_library,
    library_too_old,
)
from buildfix.engine.origins import in_index, known_origins
from buildfix.engine.session import Session
from buildfix.engine.strategies.unresolvable import did_you_mean, unreachable
from buildfix.engine.temporary_folders import scratch
from buildfix.engine.verify import installed_version
from buildfix.forecast.releases import fetch_source
from buildfix.installers import pip_options
from buildfix.installers.request_items import requirement_of
from buildfix.installers.requirements import distributions_asked, named_projects

_CANDIDATES = frozenset({"header-missing", "source-error", "unknown"})
"""Causes that may mean that a library is too old."""


def refine(session: Session, diagnosis: Diagnosis, lines: Iterable[str]) -> Diagnosis:
    """Return the diagnosis in the light of this machine's headers and the build's source."""
    cause = diagnosis.cause
    if cause is None or not session.local:
        return diagnosis
    if cause.kind == "no-distribution":
        return _not_in_the_index(session, diagnosis)
    if cause.kind == "backend-missing":
        release = session.interpreter.release
        return backend_too_old(diagnosis, session.knowledge, session.builds(), release)
    if cause.kind not in _CANDIDATES:
        return diagnosis
    here = RefineContext(session.host(), session.knowledge, session.version_of)
    if cause.kind == "header-missing":
        refined = header_of_newer_library(diagnosis, here)
    elif diagnosis.project:
        source = partial(_source_coming, session, canonicalize_name(diagnosis.project))
        refined = library_too_old(diagnosis, lines, here, source)
    else:
        return diagnosis
    if refined.capability:
        session.journal.add(learned.LibraryTooOld(refined.capability.id, refined.names))
    return refined.diagnosis


def _not_in_the_index(session: Session, diagnosis: Diagnosis) -> Diagnosis:
    """Tell an index that fails, of which pip says nothing, from one that lacks a project.

    Of a misspelled name, say what was probably meant.
    """
    foreseen = session.foreseen()
    if foreseen.troubles and foreseen.refused:
        return unreachable(foreseen.troubles)
    requirement = requirement_of(diagnosis.cause.subject) if diagnosis.cause else None
    near = did_you_mean(requirement.name, session.knowledge) if requirement else ()
    return replace(diagnosis, advice=" ".join(filter(None, (*near, diagnosis.advice))))


@contextmanager
def _source_coming(session: Session, project: str) -> Iterator[Path | None]:
    """Provide the sdist of the release being installed; None if the index has none."""
    version = session.version_coming(project)
    if version is None or not in_index(session, project):
        yield None
        return
    options, python = pip_options(session.request), session.interpreter.path
    with scratch() as folder:
        yield fetch_source(session.machine, python, f"{project}=={version}", folder, options)


def explain_import(session: Session, diagnosis: Diagnosis, message: str) -> Diagnosis:
    """Return the diagnosis of an import, extended by what the files and the target show."""
    if not session.local:
        return diagnosis
    installed = partial(installed_version, session.machine, session.interpreter)
    found = explain_abi(
        diagnosis, message, session.host(), session.interpreter, session.knowledge, installed
    )
    own = found.pair and not _was_asked_for(session, Requirement(found.pair).name)
    pair = found.pair if own else None
    session.journal.add(learned.ImportExplained(pair=pair, against=found.against))
    if session.state.failed_import.against:
        _read_source(session)
    if diagnosis.cause is None or diagnosis.cause.kind != "runtime-library-missing":
        return found.diagnosis
    asked = [name for name in distributions_asked(session.request) if "://" not in name]
    lacking = missing_here(asked, session.machine, session.host(), session.interpreter)
    return with_all_missing(found.diagnosis, lacking)


def _was_asked_for(session: Session, project: str) -> bool:
    """Return whether a person requested a project, so that its version must not change."""
    direct = known_origins(session).may_be_direct(project, session.request)
    return direct or project in named_projects(session.request)


def _read_source(session: Session) -> None:
    """Read the build requirements of the broken distribution, for a build without isolation."""
    from buildfix.forecast.builds import read_build  # slow to load

    if session.state.failed_import.broken is None:
        return
    requirement, options = session.state.failed_import.broken, pip_options(session.request)
    name, origins = Requirement(requirement).name, known_origins(session)
    with scratch() as folder:
        python, sdist = session.interpreter.path, origins.paths.get(canonicalize_name(name))
        if sdist is None and not origins.may_be_direct(name, session.request):
            sdist = fetch_source(session.machine, python, requirement, folder, options)
        build = sdist and read_build(sdist, session.host(), session.knowledge)
    if build:
        session.journal.add(learned.ImportExplained(rebuilt=((name, build.build_requires),)))
