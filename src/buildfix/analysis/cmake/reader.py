"""What a CMake project needs, once its files have been followed."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace

from buildfix.analysis.cmake.evaluator import Interpreter, Project
from buildfix.analysis.cmake.fetching import READ_CMAKE_ARGS
from buildfix.analysis.probe_environment import MAX_TRIALS, Settled
from buildfix.analysis.probe_notes import note_settled
from buildfix.analysis.survey import Survey
from buildfix.analysis.symbolic_run import OF_SYSTEMS, Seen, follow
from buildfix.core import Need

MAX_STEPS = 100_000
MAX_SWITCHES = 8
"""How many options are tried, each by following the build files once more."""
_OF_SYSTEM = re.compile(r"(?:^|_)(?:SYSTEM|EXTERNAL)(?:_|$)")
_OF_COPY = re.compile(r"(?:^|_)(?:VENDOR\w*|BUNDLED?|FETCH\w*|DOWNLOAD\w*|INTERNAL)(?:_|$)")


def defined_by(words: Iterable[str]) -> dict[str, str]:
    """Return the variables that words of CMake's command line set: `-DNAME=value`."""
    pairs = (word[2:].partition("=") for word in words if word.startswith("-D") and "=" in word)
    return {name.partition(":")[0]: value for name, _, value in pairs}


def read_cmake(survey: Survey, folder: str, defined: dict[str, str]) -> None:
    """Note what the CMakeLists.txt in a folder needs, with variables `defined` from outside."""
    folder = "" if folder == "." else posixpath.normpath(folder) if folder else ""
    if posixpath.join(folder, "CMakeLists.txt") not in survey.tree.names():
        return

    def followed(more: Mapping[str, str]) -> Settled[Seen]:
        project = Project(folder, {**defined, **more})
        return follow(
            survey,
            lambda world, steps: Interpreter(survey, world, steps, project),
            MAX_STEPS,
            MAX_TRIALS,
        )

    settled = followed({})
    if not READ_CMAKE_ARGS.isdisjoint(survey.required_names):
        _try_switches(survey, settled, followed)
    note_settled(survey, settled)
    asks_for_clone = (one for one in settled.passed_over if "submodule" in one.words.lower())
    survey.without_sources += tuple(asks_for_clone)


def _try_switches(
    survey: Survey, settled: Settled[Seen], followed: Callable[[Mapping[str, str]], Settled[Seen]]
) -> None:
    """Note which option makes the project take packages in place of what it fetches."""
    fetched, asked = settled.needed.downloads, {*settled.granted, *settled.needed.probes}
    for name, value in list(_switches(settled.needed.options))[:MAX_SWITCHES]:
        if not any(one.sure and not one.instead for one in fetched):
            break
        other = followed({name: value})
        wanted = [
            Need(one.kind, one.subject, one.required)
            for one in (*other.granted, *other.needed.probes)
            if one not in asked and one.kind in OF_SYSTEMS and survey.knows(one)
        ]
        if wanted and not (other.passed_over or other.needed.cut_short):
            needs, setting = tuple(dict.fromkeys(wanted)), f"-D{name}={value}"
            fetched = {
                one
                if one.instead or one in other.needed.downloads
                else replace(one, instead=needs, setting=setting): None
                for one in fetched
            }
    settled.needed.downloads = fetched


def _switches(options: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Yield the options that may say where libraries are from, as they are not by default."""
    for name, default in options.items():
        if _OF_SYSTEM.search(name) and default.upper() in ("OFF", "0", "NO", "FALSE"):
            yield name, "ON"
        elif _OF_COPY.search(name) and default.upper() in ("ON", "1", "YES", "TRUE"):
            yield name, "OFF"
