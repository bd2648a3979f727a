"""What a Meson project needs, once its build files have been followed."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from buildfix.analysis.meson.build_options import Options
from buildfix.analysis.meson.evaluator import Interpreter
from buildfix.analysis.meson.values import Feature
from buildfix.analysis.probe_environment import MAX_TRIALS, Settled
from buildfix.analysis.probe_notes import note_settled
from buildfix.analysis.survey import Survey
from buildfix.analysis.symbolic_run import Seen, follow
from buildfix.analysis.symbolic_values import Value

MAX_STEPS = 300_000
MAX_SWITCHES = 6
"""How many options are tried, each by following the build files once more."""
_OF_SYSTEM = re.compile(r"(?:^|[-_])(?:system|external)(?:[-_][\w-]*)?$", re.IGNORECASE)
_OF_COPY = re.compile(r"(?:^|[-_])(?:vendor|bundle|fetch|download|internal)[\w-]*$", re.IGNORECASE)


def read_meson(survey: Survey, arguments: Iterable[str]) -> None:
    """Note what the tree's meson.build needs, with Meson's setup `arguments`."""
    given = tuple(arguments)
    settled = _followed(survey, given)
    if any(one.sure and not one.instead for one in settled.needed.downloads):
        _try_switches(survey, settled, given)
    note_settled(survey, settled, by_pkgconfig=True)


def _followed(survey: Survey, arguments: Sequence[str]) -> Settled[Seen]:
    options = Options.of_tree(survey.tree, "", arguments)
    return follow(
        survey,
        lambda world, steps: Interpreter(survey, world, steps, options),
        MAX_STEPS,
        MAX_TRIALS,
    )


def _try_switches(survey: Survey, settled: Settled[Seen], given: tuple[str, ...]) -> None:
    """Note which options, as few as serve, make the project take libraries of the system."""

    def fetched(more: Sequence[str]) -> set[object]:
        other = _followed(survey, (*given, *more))
        return set(settled.needed.downloads if other.passed_over else other.needed.downloads)

    switches = list(_switches(Options.of_tree(survey.tree, "", given).values))[:MAX_SWITCHES]
    left = fetched(switches)
    for one in list(switches):
        fewer = [other for other in switches if other != one]
        switches = fewer if fetched(fewer) <= left else switches
    settled.needed.downloads = {
        one if one in left else replace(one, switches=tuple(switches)): None
        for one in settled.needed.downloads
    }


def _switches(options: Mapping[str, Value]) -> Iterator[str]:
    """Yield arguments for the options that say where libraries are from, as they are not now."""
    for name, value in options.items():
        if _OF_SYSTEM.search(name) and value in (False, Feature("disabled")):
            yield f"-D{name}={'true' if value is False else 'enabled'}"
        elif _OF_COPY.search(name) and value in (True, Feature("enabled")):
            yield f"-D{name}={'false' if value is True else 'disabled'}"
