"""Noting what a build file that was followed needs: CMake's and Meson's alike."""

from __future__ import annotations

from buildfix.analysis.autoconf import read_configure
from buildfix.analysis.probe_environment import Settled
from buildfix.analysis.survey import Survey
from buildfix.analysis.symbolic_run import Seen


def note_settled(survey: Survey, settled: Settled[Seen], *, by_pkgconfig: bool = False) -> None:
    """Note what a build file needs, what it makes use of, and what it compiles.

    With `by_pkgconfig` its modules are found by pkg-config(1) alone, which is needed with them.
    """
    for language, where in settled.needed.languages.items():
        survey.compiles(language, where)
    for probe, grade in settled.needed.probes.items():
        survey.probe(probe, grade)
    for probe in settled.granted:
        survey.probe(probe, "sure")
        if by_pkgconfig and probe.kind == "pkgconfig-missing":
            survey.tool("pkg-config", probe.where, "sure")
    for probe in (*settled.wished, *settled.rich.probes):
        survey.probe(probe, "optional")
    survey.downloads.update(settled.needed.downloads)
    for source, (macros, where) in settled.needed.sources.items():
        survey.compiled(source, macros, where)
    for folder in sorted(settled.needed.configured):
        read_configure(survey, folder)
