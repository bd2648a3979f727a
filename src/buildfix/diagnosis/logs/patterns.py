"""The patterns for log lines, in the order in which they are tried, and an index of their texts."""

from __future__ import annotations

import json
import re
import zlib
from functools import lru_cache
from pathlib import Path

from buildfix.catalog import Knowledge
from buildfix.catalog.grammars import Form
from buildfix.catalog.schema import CausePattern, Mark, Suppressed
from buildfix.catalog.stored import LazyPattern
from buildfix.diagnosis.logs.prefilter import Known, LiteralIndex, known_of, words_of

WEIGHT_ORDER = {"certain": 0, "likely": 1, "hint": 2}

Pattern = LazyPattern | Mark | Suppressed | CausePattern | Form
"""What is searched for in a line; a bare pattern is the context that a cause requires."""
_GENERIC = 2 * WEIGHT_ORDER["likely"] + 1
_FORMS = ("compiler", "too-old", "too-new", "absent")
"""The order in which forms are tried, by what they tell."""
_STORED = "found-by.json"
"""What `store` writes; only the wheel has it (`src/hatch_build.py`)."""


@lru_cache(maxsize=4)
def prepared(knowledge: Knowledge) -> tuple[tuple[Pattern, ...], LiteralIndex]:
    """Return all patterns of `knowledge`, in the order in which they are tried, and their index."""
    recipes = knowledge.causes
    causes = sorted(recipes.causes, key=_precedence)
    contexts = dict.fromkeys(cause.after for cause in causes if cause.after)
    specific = sum(_precedence(cause) < _GENERIC for cause in causes)
    forms = sorted(knowledge.grammars.forms, key=lambda one: _FORMS.index(one.tells))
    patterns: tuple[Pattern, ...] = (
        *contexts,
        *recipes.marks,
        *recipes.noise,
        *causes[:specific],
        *forms,
        *causes[specific:],
    )
    ordinary = _ordinary_lines(knowledge)
    known = _stored(knowledge, words_of(ordinary))
    return patterns, LiteralIndex(map(text_of, patterns), ordinary, known)


def store(knowledge: Knowledge) -> None:
    """Write the texts of all patterns, which take long to find, beside the recipes."""
    common = words_of(_ordinary_lines(knowledge))
    patterns, _ = prepared(knowledge)
    known = known_of(map(text_of, patterns), common)
    content = {"ordinary": _checksum(common), "found-by": known.found, "keys": known.keys}
    file = Path(knowledge.folders[0], _STORED)
    file.write_text(json.dumps(content, separators=(",", ":")), encoding="utf-8")


def _stored(knowledge: Knowledge, common: str) -> Known | None:
    """Return what the wheel has of patterns, if it was made with these words."""
    try:
        content = json.loads(Path(knowledge.folders[0], _STORED).read_bytes())
        is_same = content["ordinary"] == _checksum(common)
        return Known(dict(content["found-by"]), dict(content["keys"])) if is_same else None
    except (OSError, ValueError, LookupError, TypeError):
        return None


def _ordinary_lines(knowledge: Knowledge) -> tuple[str, ...]:
    boring = knowledge.causes.boring
    return tuple(example.line for one in boring for example in one.examples)


def _checksum(text: str) -> int:
    return zlib.crc32(text.encode())


def _precedence(cause: CausePattern) -> int:
    """Return how early a pattern is tried; those that only say where it failed come after forms."""
    order = 2 * WEIGHT_ORDER[cause.weight]
    return order + (cause.kind == "source-error" and order == _GENERIC - 1)


def text_of(one: Pattern) -> str:
    """Return the regular expression itself."""
    return one.pattern if isinstance(one, LazyPattern) else one.pattern.pattern


@lru_cache(maxsize=4)
def boring_lines(knowledge: Knowledge) -> re.Pattern[str]:
    """Return a pattern for the lines of a text that never contain information."""
    beginnings = "|".join(one.pattern.pattern for one in knowledge.causes.boring)
    return re.compile(rf"^[ \t]*(?:{beginnings}).*$" if beginnings else "$.", re.MULTILINE)
