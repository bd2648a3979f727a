"""Which languages a makefile of the tree compiles, where a script runs make."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable

from buildfix.analysis.compiled_guess import ASIDE
from buildfix.analysis.probe_environment import Probe
from buildfix.analysis.survey import Survey

_NAMES = ("GNUmakefile", "makefile", "Makefile")
"""In the order in which GNU make looks for them."""
_OBJECT = re.compile(r"([\w.+-]+)\.(?:o|lo|obj)\b")


def note_makefile(survey: Survey, probes: Iterable[Probe]) -> None:
    """Note the languages of what the root's makefile makes objects of.

    `probes` are what a script surely asks for: nothing is made without make.
    """
    text = next(filter(None, map(survey.tree.text, _NAMES)), "")
    if not text or ("tool-missing", "make") not in {(one.kind, one.subject) for one in probes}:
        return
    objects = set(_OBJECT.findall(text))
    for name in sorted(survey.tree.names()):
        stem, _ = posixpath.splitext(posixpath.basename(name))
        language = survey.facts.language_of(name) if stem in objects else None
        if language and not ASIDE.search(name):
            survey.compiles(language, name)
