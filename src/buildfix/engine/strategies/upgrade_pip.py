"""A newer pip beforehand, where a wheel is there that only that takes."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import TYPE_CHECKING

from packaging.version import Version

from buildfix.core import CreateEnvironment, Need, Step
from buildfix.engine.session import Session
from buildfix.engine.strategies.alternatives import ASKED_AT_MOST, verdict_of
from buildfix.installers import installer_of
from buildfix.installers.by_name import install_argv, unavailable
from buildfix.installers.requirements import named_projects, requirements_asked

if TYPE_CHECKING:
    from buildfix.wheels.reasons import Reason


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
    return islice(others, ASKED_AT_MOST)
