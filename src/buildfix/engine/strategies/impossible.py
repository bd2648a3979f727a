"""Refuses projects whose own source shows that they fail with this Python or system."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from buildfix.core import Cause, Diagnosis

if TYPE_CHECKING:
    from buildfix.analysis import Obstacle


def refusal(
    obstacles: Mapping[str, Obstacle],
    python: str,
    is_there: Callable[[str], bool],
    environ: Mapping[str, str],
) -> Diagnosis | None:
    """Return why the first of these projects fails; None if none is known to.

    `obstacles` are the reasons by the name and version of each project. `is_there` tells whether
    a distribution is installed or will be; `environ` are the settings that builds get.
    """
    given = {f"{name}={value}" for name, value in environ.items()}
    for project, one in obstacles.items():
        if any(map(is_there, one.replaced_by)) or not given.isdisjoint(one.unless):
            continue
        by_python = one.kind == "python-unsupported"
        subject = ".".join(python.split(".")[:2]) if by_python else "-"
        here = f"with Python {python}" if by_python else "on this system"
        done = "imported" if one.phase == "import" else "built"
        says = f"{project} cannot be {done} {here}: {one.why} ({one.where})."
        cause = Cause(one.kind, subject, 1, says, one.required)
        name = project.partition(" ")[0]
        return Diagnosis(failed=True, project=name, phase=one.phase, cause=cause, says=says)
    return None
