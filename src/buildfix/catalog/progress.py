"""`recipes/progress.toml` as types: what lines of output say about how far the work is."""

from __future__ import annotations

import re
from functools import cache

from buildfix.catalog.schema import Example
from buildfix.catalog.shipped import shipped_folder
from buildfix.catalog.stored import Problem
from buildfix.catalog.structure import read_file
from buildfix.core.light_dataclass import dataclass

BUILD = "build"
"""Stands for the programs that run inside an installer."""


@dataclass(frozen=True)
class ProgressPattern:
    """A line that says how far the work is, with examples."""

    name: str
    programs: frozenset[str]
    pattern: re.Pattern[str]
    starts: str = ""
    """The work that begins; empty if the work continues."""
    ends: str = ""
    """The work that is done."""
    counts: bool = False
    """Whether each such line is one more of the total."""
    installs: bool = False
    """Whether the installer begins to change the target."""
    examples: tuple[Example, ...] = ()

    def __post_init__(self) -> None:
        named = "name" in self.pattern.groupindex
        for key, text in (("starts", self.starts), ("ends", self.ends)):
            if "{name}" in text and not named:
                raise Problem("uses {name}, which the pattern does not have", key)


@dataclass(frozen=True)
class ProgressLine:
    """What one line says."""

    name: str = ""
    """What is worked on now."""
    starts: str = ""
    ends: str = ""
    counts: bool = False
    installs: bool = False
    done: int | None = None
    total: int | None = None
    percent: int | None = None
    installed: tuple[str, ...] = ()
    """The distributions that the target gets, as written."""
    removed: str = ""
    """The distribution that it has lost."""


@dataclass(frozen=True)
class ProgressWords:
    """Everything known about such lines."""

    progress: tuple[ProgressPattern, ...] = ()

    def read(self, line: str, *programs: str) -> ProgressLine | None:
        """Return what a line of one of these programs says; None for most lines."""
        for one in self.progress:
            if one.programs.isdisjoint(programs):
                continue
            if match := one.pattern.search(line):
                return _line(one, {key: text or "" for key, text in match.groupdict().items()})
        return None


def _line(pattern: ProgressPattern, groups: dict[str, str]) -> ProgressLine:
    name = groups.get("name", "")
    done, total, percent = (
        int(groups[key]) if groups.get(key) else None for key in ("done", "total", "percent")
    )
    starts, ends = pattern.starts.format(name=name), pattern.ends.format(name=name)
    counts, installs = pattern.counts, pattern.installs
    installed = tuple(filter(None, map(str.strip, groups.get("installed", "").split(","))))
    return ProgressLine(
        name,
        starts,
        ends,
        counts,
        installs,
        done,
        total,
        percent,
        installed,
        groups.get("removed", ""),
    )


@cache
def progress_words() -> ProgressWords:
    """Return the patterns shipped with buildfix; raises RecipeError."""
    return read_file(shipped_folder() / "progress.toml", ProgressWords)
