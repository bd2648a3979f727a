"""Ways around a build: another version or Python of which a wheel serves, as a last resort."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name

from buildfix.core import Manual, Need, Pin, Step
from buildfix.engine.origins import in_index
from buildfix.engine.session import Session
from buildfix.installers import pip_options
from buildfix.installers.request_items import requirement_of
from buildfix.installers.requirements import named_projects, requirements_asked
from buildfix.platforms.pythons import installed_pythons

if TYPE_CHECKING:
    from buildfix.wheels.avoidance import BuildAvoidance
    from buildfix.wheels.select import Verdict

_NOT_THE_BUILD = frozenset({"network", "certificate", "disk-full", "permission"})
"""Causes that would keep a wheel from being installed just the same."""
ASKED_AT_MOST = 10
"""Projects about which the index is asked for one decision."""


@dataclass(frozen=True)
class OtherWays:
    """What is left where a build cannot be put right."""

    version: Pin | None = None
    """Takes another version, of which a wheel serves."""
    told: tuple[Step, ...] = ()
    """All ways, for a person to take."""


def other_ways(session: Session) -> OtherWays:
    """Return what would avoid the build that failed last: other versions, other Pythons."""
    diagnosis = session.state.attempts[-1].diagnosis if session.state.attempts else None
    cause = diagnosis.cause if diagnosis else None
    if cause and cause.kind in _NOT_THE_BUILD:
        return OtherWays()
    because = (Need(cause.kind, cause.subject),) if cause else ()
    project = canonicalize_name(diagnosis.project) if diagnosis and diagnosis.project else None
    from buildfix.wheels.avoidance import ways_to_avoid

    for text in _suspects(session, project):
        verdict = verdict_of(session, text)
        ways = ways_to_avoid(verdict, installed_pythons(session.machine)) if verdict else ()
        if ways:
            told = tuple(Manual(_told(way), because) for way in ways)
            return OtherWays(_version_step(ways, because), told)
    return OtherWays()


def how_to_take(step: Pin) -> str:
    """Return how one agrees to a step that takes another version, in a sentence."""
    pin = step.names[0]
    return f"{step.summary}: request '{pin}', or allow it with --allow-version-change."


def _suspects(session: Session, project: str | None) -> list[str]:
    """Return the requirements whose build may be avoided: that of the project that failed."""
    asked = requirements_asked(session.request)
    if session.request.from_source:
        named = named_projects(session.request)
        asked = tuple(one for one in asked if one.name not in named)
        if project in named:
            return []
    if project is None:
        return [one.word for one in asked[:ASKED_AT_MOST]]
    mine = [one.word for one in asked if one.name == project]
    return mine or ([project] if in_index(session, project) else [])


def verdict_of(session: Session, text: str) -> Verdict | None:
    """Return what becomes of a requirement here; None where the index does not tell."""
    requirement = requirement_of(text)
    if requirement is None or requirement.url:  # no index is asked for what lies elsewhere
        return None
    from buildfix.wheels.listing import ask, target_of
    from buildfix.wheels.select import judge

    options = pip_options(session.as_installed())
    answer = ask(session.machine, session.interpreter.path, requirement.name, options)
    if answer is None:
        return None
    requirement.specifier &= SpecifierSet(answer.constraint)
    target = target_of(answer, session.host(), session.interpreter, elsewhere=False)
    return judge(requirement, answer.files, target, session.knowledge.wheel_kinds)


def _version_step(ways: Iterable[BuildAvoidance], because: tuple[Need, ...]) -> Pin | None:
    pin = next((way.requirement for way in ways if way.requirement), None)
    if pin is None:
        return None
    summary = f"Use {pin} instead of the requested version: it has a compatible wheel"
    return Pin(summary, because, names=(pin,))


def _told(way: BuildAvoidance) -> str:
    """Return a way in words, with what to ask for."""
    return f"{way.summary}: request '{way.requirement}'" if way.requirement else way.summary
