"""Refuses builds whose own source shows that they fail with this Python or system."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from buildfix.core import Cause, Diagnosis

if TYPE_CHECKING:
    from buildfix.analysis import Obstacle


def refusal(obstacles: Mapping[str, Obstacle], python: str) -> Diagnosis | None:
    """Return why the first of these builds fails; None if none is known to.

    `obstacles` are the reasons by the name and version of each project.
    """
    for project, one in obstacles.items():
        by_python = one.kind == "python-unsupported"
        subject = ".".join(python.split(".")[:2]) if by_python else "-"
        here = f"with Python {python}" if by_python else "on this system"
        says = f"{project} cannot be built {here}: {one.why} ({one.where})."
        cause = Cause(one.kind, subject, 1, says, one.required)
        name = project.partition(" ")[0]
        return Diagnosis(failed=True, project=name, phase="build", cause=cause, says=says)
    return None
