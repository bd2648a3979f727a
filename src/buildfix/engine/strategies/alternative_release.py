"""Another release of a project, where the one asked for cannot be built here."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from packaging.tags import Tag
from packaging.utils import canonicalize_name
from packaging.version import Version

from buildfix.core import Cause, Diagnosis, Manual, Need, Pin, Step
from buildfix.core.learned import LibraryTooOld
from buildfix.engine.origins import in_index
from buildfix.engine.session import Session
from buildfix.engine.temporary_folders import scratch
from buildfix.forecast.builds import surroundings_of
from buildfix.forecast.releases import Files, asked_of, fetch_source, names_in, releases_of
from buildfix.installers import pip_options
from buildfix.platforms.pythons import Installed
from buildfix.platforms.tags import tags_of
from buildfix.providers.release_choice import nearest_supporting, newest_accepted
from buildfix.providers.versions import meets

_FOR_A_NEWER = frozenset(
    {
        "python-unsupported",
        "build-requirement-incompatible",
        "python-module-missing",
        "backend-missing",
        "source-error",
    }
)
"""Causes that lie in the age of a release."""


def another_release(session: Session, diagnosis: Diagnosis) -> Pin | None:
    """Return the step that takes a release which can be built here; None where none is known.

    Raises RecipeError.
    """
    cause, project = diagnosis.cause, canonicalize_name(diagnosis.project or "")
    current = session.version_coming(project)
    if cause is None or current is None or not session.local or not in_index(session, project):
        return None
    if cause.kind == "library-too-old":
        found = _older(session, cause, project, current)
    elif cause.kind in _FOR_A_NEWER:
        found = _newer(session, project, current)
    else:
        return None
    if found is None:
        return None
    version, why = found
    pin = f"{project}=={version}"
    summary = f"Use {pin} instead of {current}: {why}"
    return Pin(summary, (Need(cause.kind, cause.subject, cause.required),), names=(pin,))


def older_pythons(cause: Cause, release: str, pythons: Iterable[Installed]) -> tuple[Step, ...]:
    """Return how a person takes an older one of these Pythons, where `release` is too new."""
    if cause.kind != "python-unsupported":
        return ()
    here = Version(release)
    found = []
    for one in pythons:
        older = ".".join(map(str, one.release))
        if Version(older) < here and meets(older, cause.required or "<4"):
            told = f"Python {older} is installed ({one.path}): install into one of its environments"
            found.append(Manual(told, (Need(cause.kind, cause.subject, cause.required),)))
    return tuple(found[::-1])


def _newer(session: Session, project: str, current: Version) -> tuple[Version, str] | None:
    options = pip_options(session.request)
    releases = releases_of(session.machine, session.interpreter, project, options)
    taken = [Tag(*one.split("-")) for one in tags_of(session.host(), session.interpreter)]
    built = ((one.version, one.tags) for one in releases if one.has_sdist)
    version = nearest_supporting(built, current, taken)
    release = session.interpreter.release
    return (version, f"it is the next release that supports Python {release}") if version else None


def _older(
    session: Session, cause: Cause, project: str, current: Version
) -> tuple[Version, str] | None:
    """Return the newest older release whose sources ask no more of the library than is here."""
    shortage = session.state.too_old or _shortage_of(session, cause)
    if shortage is None:
        return None
    capability = session.knowledge.capabilities[shortage.capability]
    version = session.version_of(capability)
    options = pip_options(session.request)
    releases = releases_of(session.machine, session.interpreter, project, options)
    candidates = [one.version for one in _with_sources(releases) if one.version < current]
    with scratch() as folder:

        def accepts(candidate: Version) -> bool:
            return _accepts(session, shortage, version, f"{project}=={candidate}", folder)

        if accepts(current):  # what was looked for is not what its sources say
            return None
        chosen = newest_accepted(candidates[::-1], accepts)
    here = f"{capability.title} {version or ''}".strip()
    return (chosen, f"it is the newest release that works with {here}") if chosen else None


def _with_sources(releases: tuple[Files, ...]) -> tuple[Files, ...]:
    return tuple(one for one in releases if one.has_sdist)


def _shortage_of(session: Session, cause: Cause) -> LibraryTooOld | None:
    capability = session.knowledge.capability(cause.kind, cause.subject)
    return LibraryTooOld(capability.id) if capability else None


def _accepts(
    session: Session, shortage: LibraryTooOld, version: str | None, requirement: str, folder: Path
) -> bool:
    """Say whether a release's sources show that it does with the library that is here."""
    options = pip_options(session.request)
    sdist = fetch_source(session.machine, session.interpreter.path, requirement, folder, options)
    if sdist is None:
        return False
    if shortage.names:
        return not names_in(sdist, shortage.names)
    place = surroundings_of(session.host())
    capability = session.knowledge.capabilities[shortage.capability]
    asked = asked_of(sdist, capability, place, session.knowledge)
    return asked is None or version is None or meets(version, asked)
