"""What a Meson project needs, once its build files have been followed."""

from __future__ import annotations

from collections.abc import Iterable

from buildfix.analysis.meson.interpreter import Interpreter
from buildfix.analysis.meson.options import Options
from buildfix.analysis.meson.values import Stopped
from buildfix.analysis.probe_environment import ProbeEnvironment, Refusal, settle
from buildfix.analysis.probe_notes import note_settled
from buildfix.analysis.survey import Survey
from buildfix.analysis.symbolic_run import GaveUp, Seen


def read_meson(survey: Survey, arguments: Iterable[str]) -> None:
    """Note what the tree's meson.build needs, with Meson's setup `arguments`."""
    options = Options.of_tree(survey.tree, "", arguments)

    def run(world: ProbeEnvironment) -> tuple[Refusal | None, Seen]:
        machine = Interpreter(survey, world, options)
        try:
            machine.run_folder("")
        except GaveUp as error:
            return Refusal(error.where, error.words), machine.seen
        except Stopped:
            pass
        return None, machine.seen

    note_settled(survey, settle(run, survey.brought, survey.knows), by_pkgconfig=True)
