"""`recipes/managers.toml` as types: why package managers fail, from their output."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Literal, get_args

from buildfix.catalog.schema import Example
from buildfix.catalog.stored import Problem
from buildfix.core.light_dataclass import dataclass

Means = Literal["stale", "corrupt", "reason"]
_SHOWN_LINES = 3


@dataclass(frozen=True)
class ManagerMessage:
    """A message of package managers, with examples."""

    name: str
    means: Means
    pattern: re.Pattern[str]
    managers: tuple[str, ...] = ()
    follows: re.Pattern[str] | None = None
    """Matches the following lines that belong to it."""
    says: str = ""
    """The reason; `{lines}` are the following lines, other names are groups of the pattern."""
    examples: tuple[Example, ...] = ()

    def __post_init__(self) -> None:
        known = {"lines": "", **dict.fromkeys(self.pattern.groupindex, "")}
        try:
            self.says.format(**known)
        except (KeyError, IndexError, ValueError) as error:
            raise Problem("names a group that the pattern does not have", "says") from error

    def read_in(self, output: Sequence[str]) -> Reading | None:
        """Return what the first matching line says; None if none match."""
        for number, line in enumerate(output):
            if match := self.pattern.search(line):
                return Reading(self, self._said(match, output[number + 1 :]), match.groupdict())
        return None

    def _said(self, match: re.Match[str], rest: Iterable[str]) -> str:
        if not self.says:
            return match.string.strip().rstrip(".")
        following = []
        for line in rest:
            if self.follows is None or not self.follows.search(line):
                break
            following.append(" ".join(line.split()))
        more = len(following) - _SHOWN_LINES
        lines = "; ".join(following[:_SHOWN_LINES]) + (f"; and {more} more" if more > 0 else "")
        return self.says.format(lines=lines, **match.groupdict()).rstrip(": .")


@dataclass(frozen=True)
class Reading:
    """What a package manager's output says."""

    message: ManagerMessage
    reason: str
    """One line, without a full stop."""
    groups: dict[str, str]


@dataclass(frozen=True)
class ManagerWords:
    """Everything known about what package managers print when they fail."""

    messages: tuple[ManagerMessage, ...] = ()

    def read(
        self, manager: str, output: Sequence[str], means: Iterable[Means] = get_args(Means)
    ) -> Reading | None:
        """Return what the first message that is found says; their order is the recipes'."""
        for one in self.messages:
            mine = manager in one.managers and one.means in means
            if mine and (reading := one.read_in(output)):
                return reading
        return None
