"""Words that are never project names: commands, commands of other tools, and typos of them."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence

from packaging.utils import canonicalize_name

from buildfix.catalog.command_words import command_words
from buildfix.core.errors import UsageError
from buildfix.core.program import own_command
from buildfix.core.spelling import edits

PIP = "pip"
INSTALL = "install"
ANSWERED = ("help", "version")
"""Words that mean the option of the same name."""

_NAME = re.compile(r"[A-Za-z0-9]+(?:[-_.]+[A-Za-z0-9]+)*")
_SHORTEST = 5
_LONG = 7
"""Commands of at least this many letters may differ by two edits."""


def check_names(words: Sequence[str], places: Iterable[int], commands: Collection[str]) -> None:
    """Raise UsageError for the first of the words at these indexes that means a command.

    That includes typos of commands, unless a well-known project has that name.
    """
    for place in places:
        word = words[place]
        rest = (*words[:place], *words[place + 1 :])
        name = canonicalize_name(word) if _NAME.fullmatch(word) else ""
        meant = _meant(name, commands, rest) if name else ""
        if meant:
            raise UsageError(
                f"`{word}` is not taken for a project: {meant}",
                do=f"To install the project with that name: {own_command('fix', word)}",
            )


def _meant(name: str, commands: Collection[str], rest: Iterable[str]) -> str:
    """Return a sentence on what a name probably means; empty if it means the project."""
    own = (*commands, INSTALL, PIP, *ANSWERED)
    if name in own:
        return f"it is a command, and commands come first (`{own_command(name)} ...`)."
    words = command_words()
    near = sorted((edits(name, one), one) for one in _nearly((*own, *words.reserved), name))
    if name in words.reserved or not near or name in words.well_known:
        return f"{words.reserved[name]}." if name in words.reserved else ""
    nearest = near[0][1]
    if meant := words.reserved.get(nearest):
        return f"did you mean {nearest}? ({meant})"
    return f"did you mean `{own_command(nearest, *rest)}`?"


def _nearly(commands: Iterable[str], name: str) -> Iterable[str]:
    """Yield the commands that a name may be a typo of."""
    for one in commands:
        allowed = 2 if len(one) >= _LONG else 1
        near_in_length = abs(len(one) - len(name)) <= allowed
        if len(one) >= _SHORTEST and near_in_length and edits(name, one) <= allowed:
            yield one
