"""Uses another version or Python that has a wheel if a build fails."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING

from packaging.utils import canonicalize_name

from buildfix.core import Diagnosis, Manual, Need, Pin
from buildfix.engine.outcome import Alternative
from buildfix.installers.requirements import ParsedRequest, named_projects, requirements_asked

if TYPE_CHECKING:
    from buildfix.platforms.pythons import Installed
    from buildfix.wheels.avoidance import BuildAvoidance
    from buildfix.wheels.select import Verdict

_NOT_THE_BUILD = frozenset({"network", "certificate", "disk-full", "permission"})
"""Causes that would also prevent the installation of a wheel."""
ASKED_AT_MOST = 10
"""How many projects the index is asked about for one decision."""


def handle(
    failed: Diagnosis | None,
    request: ParsedRequest,
    in_index: Callable[[str], bool],
    verdict: Callable[[str], Verdict | None],
    pythons: Callable[[], Sequence[Installed]],
) -> Alternative | None:
    """Return the ways to get a wheel of what `failed` to build; None if there are none.

    `in_index` says whether a project is in the index, `verdict` which file a requirement leads to;
    `pythons` are those on this machine.
    """
    because = _reasons(failed)
    if because and because[0].kind in _NOT_THE_BUILD:
        return None
    project = canonicalize_name(failed.project) if failed and failed.project else None
    from buildfix.wheels.avoidance import ways_to_avoid

    for text in _suspects(request, project, in_index):
        found = verdict(text)
        ways = ways_to_avoid(found, pythons()) if found else ()
        if ways:
            told = tuple(Manual(_told(way), because) for way in ways)
            return Alternative(_version_step(ways, because), told)
    return None


def _reasons(failed: Diagnosis | None) -> tuple[Need, ...]:
    cause = failed.cause if failed else None
    return (Need(cause.kind, cause.subject),) if cause else ()


def how_to_take(step: Pin) -> str:
    """Return a sentence on how to agree to a step that uses another version."""
    pin = step.names[0]
    return f"{step.summary}: request '{pin}', or allow it with --allow-version-change."


def _suspects(
    request: ParsedRequest, project: str | None, in_index: Callable[[str], bool]
) -> list[str]:
    """Return the requirements whose build may be avoided: that of the project that failed."""
    by_will = from_source_by_will(request)
    asked = [one for one in requirements_asked(request) if one.name not in by_will]
    if project is None:
        return [one.word for one in asked[:ASKED_AT_MOST]]
    mine = [one.word for one in asked if one.name == project]
    other = project not in by_will and in_index(project)
    return mine or ([project] if other else [])


def from_source_by_will(request: ParsedRequest) -> frozenset[str]:
    """Return the projects that the user wants to build."""
    return frozenset(named_projects(request) if request.from_source else ())


def _version_step(ways: Iterable[BuildAvoidance], because: tuple[Need, ...]) -> Pin | None:
    pin = next((way.requirement for way in ways if way.requirement), None)
    if pin is None:
        return None
    summary = f"Use {pin} instead of the requested version: it has a compatible wheel"
    return Pin(summary, because, names=(pin,))


def _told(way: BuildAvoidance) -> str:
    """Return a way as text, with what to request."""
    return f"{way.summary}: request '{way.requirement}'" if way.requirement else way.summary
