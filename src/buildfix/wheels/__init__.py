"""Which wheels there are of a project, why none serves a target, and what would avoid the build."""

from __future__ import annotations

from buildfix.index.files import File, read_files
from buildfix.wheels.avoidance import BuildAvoidance, ways_to_avoid
from buildfix.wheels.listing import Answer, ask, target_of
from buildfix.wheels.reasons import Reason
from buildfix.wheels.recipe_index import Asked, Offer, named_offer
from buildfix.wheels.select import Verdict, judge
from buildfix.wheels.target import Target

__all__ = [
    "Answer",
    "Asked",
    "BuildAvoidance",
    "File",
    "Offer",
    "Reason",
    "Target",
    "Verdict",
    "ask",
    "judge",
    "named_offer",
    "read_files",
    "target_of",
    "ways_to_avoid",
]
