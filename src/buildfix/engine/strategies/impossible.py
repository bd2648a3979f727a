"""Refuses projects whose own source shows that they fail with this Python or system."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from buildfix.core import Cause, Diagnosis
from buildfix.engine.session import Session
from buildfix.engine.verify import installed_version
from buildfix.installers.configuration import pip_settings
from buildfix.installers.request_items import requirement_of
from buildfix.installers.requirements import projects_asked

if TYPE_CHECKING:
    from buildfix.analysis import Obstacle

_OPTION = "--no-build-isolation"


def handle(session: Session) -> Diagnosis | None:
    """Return why a project of this run fails; None if none is known to."""
    foreseen = session.foreseen()
    coming = {*projects_asked(session.request), *(one.name for one in foreseen.coming)}

    def installed(name: str) -> str | None:
        return installed_version(session.machine, session.interpreter, name)

    def is_there(name: str) -> bool:
        return name in coming or (session.local and installed(name) is not None)

    def is_met(requirement: str) -> bool:
        if not session.local:
            return True  # nobody knows what that environment has
        wanted = requirement_of(requirement)
        version = installed(wanted.name) if wanted else None
        return bool(wanted and version and wanted.specifier.contains(version, prereleases=True))

    return refusal(
        foreseen.obstacles,
        session.interpreter.version,
        is_there,
        session.environ,
        is_met if may_lack_isolation(session) else lambda _: False,
    )


def may_lack_isolation(session: Session) -> bool:
    """Return whether builds may use the target environment instead of one of their own.

    pip has read the value of its own variable either way, so only the name counts.
    """
    arguments = session.request.installer_args
    if session.state.unisolated or any(one.startswith(_OPTION) for one in arguments):
        return True
    told = pip_settings(session.environ, session.interpreter.prefix) if session.environ else {}
    return _OPTION[2:] in told or bool(session.environ.get("UV_NO_BUILD_ISOLATION"))


def refusal(
    obstacles: Mapping[str, Obstacle],
    python: str,
    is_there: Callable[[str], bool],
    environ: Mapping[str, str],
    is_met: Callable[[str], bool] = lambda _: False,
) -> Diagnosis | None:
    """Return why the first of these projects fails; None if none is known to.

    `obstacles` are the reasons by the name and version of each project. `is_there` tells whether
    a distribution is installed or will be; `environ` are the settings that builds get. `is_met`
    tells of a requirement whether builds without isolation find what meets it.
    """
    given = {f"{name}={value}" for name, value in environ.items()}
    for project, one in obstacles.items():
        if any(map(is_there, one.replaced_by)) or not given.isdisjoint(one.unless):
            continue
        if one.isolated_without and is_met(one.isolated_without):
            continue
        by_python = one.kind == "python-unsupported"
        subject = ".".join(python.split(".")[:2]) if by_python else "-"
        here = f" with Python {python}" if by_python else " on this system"
        here = "" if one.kind == "source-error" else here
        done = "imported" if one.phase == "import" else "built"
        says = f"{project} cannot be {done}{here}: {one.why} ({one.where})."
        cause = Cause(one.kind, subject, 1, says, one.required)
        name = project.partition(" ")[0]
        return Diagnosis(failed=True, project=name, phase=one.phase, cause=cause, says=says)
    return None
