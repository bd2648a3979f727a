"""What a CMake project needs, once its files have been followed."""

from __future__ import annotations

import posixpath

from buildfix.analysis.cmake.evaluator import Interpreter, Project
from buildfix.analysis.probe_environment import MAX_TRIALS
from buildfix.analysis.probe_notes import note_settled
from buildfix.analysis.survey import Survey
from buildfix.analysis.symbolic_run import follow

MAX_STEPS = 100_000


def read_cmake(survey: Survey, folder: str, defined: dict[str, str]) -> None:
    """Note what the CMakeLists.txt in a folder needs, with variables `defined` from outside."""
    folder = "" if folder == "." else posixpath.normpath(folder) if folder else ""
    if posixpath.join(folder, "CMakeLists.txt") not in survey.tree.names():
        return

    project = Project(folder, defined)
    settled = follow(
        survey,
        lambda world, steps: Interpreter(survey, world, steps, project),
        MAX_STEPS,
        MAX_TRIALS,
    )
    note_settled(survey, settled)
