"""Ways round a build: a newer pip beforehand; another version or Python as a last resort."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name
from packaging.version import Version

from buildfix.core import CreateEnvironment, Manual, Need, Pin, Request, Step, events
from buildfix.engine.origins import in_index
from buildfix.engine.session import Session
from buildfix.installers import installer_of, pip_options
from buildfix.installers.by_name import install_argv, unavailable
from buildfix.installers.request_items import requirement_of
from buildfix.installers.requirements import named_projects, requirements_asked, wants_hashes
from buildfix.platforms.pythons import installed_pythons

if TYPE_CHECKING:
    from buildfix.engine.wheelhouse import Wheelhouse
    from buildfix.wheels import BuildAvoidance, Reason, Verdict

_NOT_THE_BUILD = frozenset({"network", "certificate", "disk-full", "permission"})
"""Causes that would keep a wheel from being installed just the same."""
_ASKED_AT_MOST = 10
"""Projects about which the index is asked for one decision."""


@dataclass(frozen=True)
class OtherWays:
    """What is left where a build cannot be put right."""

    version: Pin | None = None
    """Takes another version, of which a wheel serves."""
    told: tuple[Step, ...] = ()
    """All ways, for a person to take."""


def house_of(request: Request) -> AbstractContextManager[Wheelhouse | None]:
    """Return what gives the wheelhouse that was asked for, None where none was."""
    if request.wheelhouse is None:
        return nullcontext()
    from buildfix.engine.wheelhouse import open_wheelhouse

    return open_wheelhouse(request.wheelhouse)


def house_to_look_into(request: Request, scratch: Path, *, local: bool = True) -> Wheelhouse | None:
    """Return the wheelhouse that was asked for, which is left as it is; raises UsageError.

    With `local` false for another machine than this.
    """
    if request.wheelhouse is None:
        return None
    from buildfix.engine.wheelhouse import wheelhouse_untouched

    return wheelhouse_untouched(request.wheelhouse, scratch, local=local)


def newer_pip(session: Session) -> Step | None:
    """Return the step that upgrades pip, where a wheel is there that only a newer one takes."""
    request = session.request
    if not installer_of(request.installer).uses_pip or not _may_be_too_old(session):
        return None
    asked = (one.word for one in requirements_asked(request))
    for text in (*asked, *_foreseen_builds(session)):
        verdict = verdict_of(session, text)
        for reason in verdict.reasons if verdict else ():
            if reason.kind == "pip-too-old":
                return _upgrade(session, text, reason)
    return None


def other_ways(session: Session) -> OtherWays:
    """Return what would avoid the build that failed last: other versions, other Pythons."""
    diagnosis = session.state.attempts[-1].diagnosis if session.state.attempts else None
    cause = diagnosis.cause if diagnosis else None
    if cause and cause.kind in _NOT_THE_BUILD:
        return OtherWays()
    because = (Need(cause.kind, cause.subject),) if cause else ()
    project = canonicalize_name(diagnosis.project) if diagnosis and diagnosis.project else None
    from buildfix.wheels import ways_to_avoid

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


def needed_by_wheels(session: Session) -> tuple[Need, ...]:
    """Return the libraries that the wheelhouse's wheels of what was asked need and lack here.

    Such a wheel is offered where all that it needs can be brought.
    """
    if session.house is None or wants_hashes(session.request):
        return ()
    from buildfix.engine.wheelhouse import met_by

    needs: list[Need] = []
    there = session.house.look(session.host(), session.tags())
    for wheel in filter(None, (met_by(word, there) for word in session.request.requirements)):
        mine = [Need("runtime-library-missing", name) for name in wheel.lacks]
        if mine and not session.draft_plan(mine).unmet:
            session.house.promised.add(wheel.path)
            needs += mine
    return tuple(needs)


def keep_wheels(session: Session, but: Iterable[str] = ()) -> str:
    """Put what was built so far, but none of those projects, into the wheelhouse.

    Returns why that could not be done; nothing where it was.
    """
    if session.house is None:
        return ""
    from buildfix.engine.wheelhouse import Maker

    coming = session.foreseen_so_far().coming
    maker = Maker(
        session.request, session.host(), session.interpreter, tuple(session.state.applied), coming
    )
    try:
        session.journal.add(events.WheelsKept(tuple(map(str, session.house.keep(maker, but)))))
    except OSError as error:
        return f"Cannot save the built wheels to the wheelhouse: {error.strerror}."
    return ""


def _upgrade(session: Session, text: str, reason: Reason) -> Step | None:
    """Return the step that upgrades pip; None where none may be fetched."""
    host, python = session.host_to_install(), session.interpreter.path
    if unavailable("pip", host.fetch):
        return None
    required = f">={reason.required}" if reason.required else None
    return CreateEnvironment(
        f"Upgrade pip: there is a wheel for {text}, but pip {reason.subject} does not support it",
        (Need("build-requirement-incompatible", "pip", required),),
        argv=install_argv(host, ("pip",), "--upgrade"),
        target=python,
    )


def _may_be_too_old(session: Session) -> bool:
    """Say whether wheels can be for this interpreter of which its pip knows nothing yet."""
    pip = Version(session.interpreter.pip or "0")
    later = [kind for kind in session.knowledge.wheel_kinds if kind.pip > pip]
    if not later:
        return False
    parts = {part for tag in session.tags() for part in (tag.abi, tag.platform)}
    return any(kind.pattern.fullmatch(part) for kind in later for part in parts)


def _foreseen_builds(session: Session) -> Iterator[str]:
    """Return what would be built besides what was asked, by what this pip takes."""
    session.forecast_builds()
    named = named_projects(session.request)
    builds = (one for one in session.foreseen().coming if not one.wheel)
    others = (one.requirement for one in builds if one.name not in named)
    return islice(others, _ASKED_AT_MOST)


def _suspects(session: Session, project: str | None) -> list[str]:
    """Return the requirements whose build may be avoided: that of the project that failed."""
    asked = requirements_asked(session.request)
    if session.request.from_source:
        named = named_projects(session.request)
        asked = tuple(one for one in asked if one.name not in named)
        if project in named:
            return []
    if project is None:
        return [one.word for one in asked[:_ASKED_AT_MOST]]
    mine = [one.word for one in asked if one.name == project]
    return mine or ([project] if in_index(session, project) else [])


def verdict_of(session: Session, text: str) -> Verdict | None:
    """Return what becomes of a requirement here; None where the index does not tell."""
    requirement = requirement_of(text)
    if requirement is None or requirement.url:  # no index is asked for what lies elsewhere
        return None
    from buildfix.wheels import ask, judge, target_of

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
