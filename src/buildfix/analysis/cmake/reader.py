"""What a CMake project needs, once its files have been followed."""

from __future__ import annotations

import posixpath

from buildfix.analysis.cmake.interpreter import Interpreter, Returned
from buildfix.analysis.probe_environment import ProbeEnvironment, Refusal, settle
from buildfix.analysis.probe_notes import note_settled
from buildfix.analysis.survey import Survey
from buildfix.analysis.symbolic_run import GaveUp, Seen


def read_cmake(survey: Survey, folder: str, defined: dict[str, str]) -> None:
    """Note what the CMakeLists.txt in a folder needs, with variables `defined` from outside."""
    folder = "" if folder == "." else posixpath.normpath(folder) if folder else ""
    if posixpath.join(folder, "CMakeLists.txt") not in survey.tree.names():
        return

    def run(world: ProbeEnvironment) -> tuple[Refusal | None, Seen]:
        machine = Interpreter(survey, world, folder, defined)
        try:
            machine.run_folder(folder)
        except GaveUp as error:
            return Refusal(error.where, error.words), machine.seen
        except (Returned, RecursionError):
            pass
        return None, machine.seen

    note_settled(survey, settle(run, survey.brought, survey.knows))
