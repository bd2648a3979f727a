"""What a Meson project needs, once its build files have been followed."""

from __future__ import annotations

from collections.abc import Iterable

from buildfix.analysis.meson.build_options import Options
from buildfix.analysis.meson.evaluator import Interpreter
from buildfix.analysis.probe_environment import MAX_TRIALS
from buildfix.analysis.probe_notes import note_settled
from buildfix.analysis.survey import Survey
from buildfix.analysis.symbolic_run import follow

MAX_STEPS = 300_000


def read_meson(survey: Survey, arguments: Iterable[str]) -> None:
    """Note what the tree's meson.build needs, with Meson's setup `arguments`."""
    options = Options.of_tree(survey.tree, "", arguments)
    settled = follow(
        survey,
        lambda world, steps: Interpreter(survey, world, steps, options),
        MAX_STEPS,
        MAX_TRIALS,
    )
    note_settled(survey, settled, by_pkgconfig=True)
