"""Uses another release of a project if the requested one cannot be built here."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING

from packaging.tags import Tag
from packaging.utils import canonicalize_name
from packaging.version import Version

from buildfix.core import Cause, Diagnosis, Manual, Need, Pin
from buildfix.core.light_dataclass import dataclass
from buildfix.engine.outcome import Alternative
from buildfix.engine.strategies.alternatives import how_to_take
from buildfix.platforms.pythons import Installed
from buildfix.providers.release_choice import nearest_supporting, newest_accepted
from buildfix.providers.versions import meets

if TYPE_CHECKING:
    from buildfix.forecast.releases import Files

_TOO_OLD = "library-too-old"
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


@dataclass(frozen=True)
class OldLibrary:
    """A library of the system that is older than a source requires."""

    title: str
    """Its name, with the version if known."""
    accepts: Callable[[Version], bool]
    """Returns whether the sources of a release show that this library is sufficient."""


def handle(
    failed: Diagnosis | None,
    coming: Callable[[str], Version | None],
    releases: Callable[[str], tuple[Files, ...]],
    python: str,
    tags: Callable[[], Sequence[Tag]],
    library: Callable[[Cause, str], OldLibrary | None],
) -> Alternative | None:
    """Return the release that can be built here; None if none is known. Raises RecipeError.

    `coming` returns the version of a project that is being installed, None if it is not from the
    index; `releases` its releases in the index. `python` is the target's version, `tags` are the
    wheel tags that it accepts; `library` returns the library that a cause names, for a project's
    sources.
    """
    if failed is None or failed.cause is None or failed.cause.kind not in {_TOO_OLD, *_FOR_A_NEWER}:
        return None
    cause, project = failed.cause, canonicalize_name(failed.project or "")
    current = coming(project)
    if current is None:
        return None
    if cause.kind == _TOO_OLD:
        found = _older(current, releases(project), library(cause, project))
    else:
        found = _newer(current, releases(project), python, tags())
    if found is None:
        return None
    version, why = found
    pin = f"{project}=={version}"
    summary = f"Use {pin} instead of {current}: {why}"
    step = Pin(summary, (Need(cause.kind, cause.subject, cause.required),), names=(pin,))
    return Alternative(step, (step,), how_to_take(step))


def older_pythons(
    failed: Diagnosis | None, release: str, pythons: Callable[[], Iterable[Installed]]
) -> Alternative | None:
    """Return how a person could use an older one of these Pythons if `release` is too new."""
    cause = failed.cause if failed else None
    if cause is None or cause.kind != "python-unsupported":
        return None
    here = Version(release)
    told = []
    for one in pythons():
        older = ".".join(map(str, one.release))
        if Version(older) < here and meets(older, cause.required or "<4"):
            how = f"Python {older} is installed ({one.path}): install into one of its environments"
            told.append(Manual(how, (Need(cause.kind, cause.subject, cause.required),)))
    return Alternative(told=tuple(told[::-1])) if told else None


def _newer(
    current: Version, releases: Iterable[Files], python: str, tags: Sequence[Tag]
) -> tuple[Version, str] | None:
    built = ((one.version, one.tags) for one in releases if one.has_sdist)
    version = nearest_supporting(built, current, tags)
    return (version, f"it is the next release that supports Python {python}") if version else None


def _older(
    current: Version, releases: Iterable[Files], library: OldLibrary | None
) -> tuple[Version, str] | None:
    """Return the newest older release whose sources ask no more of the library than is here."""
    if library is None or library.accepts(current):
        return None  # its sources contradict the diagnosis
    older = [one.version for one in releases if one.has_sdist and one.version < current]
    chosen = newest_accepted(older[::-1], library.accepts)
    why = f"it is the newest release that works with {library.title}"
    return (chosen, why) if chosen else None
