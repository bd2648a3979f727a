"""What a Meson project needs, once its build files have been followed."""

from __future__ import annotations

from collections.abc import Iterable

from buildfix.sources.meson.interpreter import Interpreter
from buildfix.sources.meson.options import Options
from buildfix.sources.meson.values import GaveUp, Seen, Stopped
from buildfix.sources.survey import Survey
from buildfix.sources.world import Refusal, World, settle


def read_meson(survey: Survey, arguments: Iterable[str]) -> None:
    """Note what the tree's meson.build needs, with Meson's setup `arguments`."""
    options = Options.of_tree(survey.tree, "", arguments)

    def run(world: World) -> tuple[Refusal | None, Seen]:
        machine = Interpreter(survey, world, options)
        try:
            machine.run_folder("")
        except GaveUp as error:
            return Refusal(error.where, error.words), machine.seen
        except Stopped:
            pass
        return None, machine.seen

    settled = settle(run, survey.brought, survey.knows)
    for language, where in settled.needed.languages.items():
        survey.compiles(language, where)
    for probe, grade in settled.needed.probes.items():
        survey.probe(probe, grade)
    for probe in settled.granted:
        survey.probe(probe, "sure")
        if probe.kind == "pkgconfig-missing":
            survey.tool("pkg-config", probe.where, "sure")
    for probe in (*settled.wished, *settled.rich.probes):
        survey.probe(probe, "optional")
    for source, (macros, where) in settled.needed.sources.items():
        survey.compiled(source, macros, where)
