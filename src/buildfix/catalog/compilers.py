"""What `recipes/compilers.toml` says, typed: what compilers tell, and which come as wheels."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from buildfix.catalog.schema import Example


@dataclass(frozen=True)
class Wording:
    """A pattern of compilers' lines, proven by examples."""

    name: str
    pattern: re.Pattern[str]
    examples: tuple[Example, ...] = ()


@dataclass(frozen=True)
class Lack:
    """A name that a source uses and no header declares."""

    name: str
    file: str
    """The source, as the compiler calls it."""
    type: str | None = None
    """The type that should have it as a member."""


@dataclass(frozen=True)
class CompilerWords:
    """How compilers tell of errors, and which of those are of names that are not there."""

    errors: tuple[Wording, ...] = ()
    """Their groups: `file` of the source, `text` of what is wrong."""
    lacks: tuple[Wording, ...] = ()
    """Searched in that text; their groups: `name`, and `type` where it should be its member."""

    def lack_in(self, line: str) -> Lack | None:
        """Return the name that a compiler misses in this line; None where it misses none."""
        error = next(filter(None, (one.pattern.search(line) for one in self.errors)), None)
        if error is None:
            return None
        found = (one.pattern.search(error["text"]) for one in self.lacks)
        match = next(filter(None, found), None)
        if match is None:
            return None
        return Lack(match["name"], error["file"], match.groupdict().get("type"))


@dataclass(frozen=True)
class WheelCompiler:
    """A compiler that comes as a wheel, for where no package can be had."""

    distribution: str
    title: str
    system: str
    """sys.platform's word."""
    program: str
    """Where it is, below site-packages."""
    source: str
    serves: frozenset[str] = frozenset()
    """Ids of the capabilities that it is."""
    variables: Mapping[str, str] = field(default_factory=dict)
    """What has builds compile by it, with `{program}`."""

    def told(self, platlib: str) -> tuple[tuple[str, str], ...]:
        """Return the variables for an interpreter with that site-packages."""
        program = f"{platlib}/{self.program}"
        return tuple((name, text.format(program=program)) for name, text in self.variables.items())
