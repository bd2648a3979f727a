"""`recipes/compilers.toml` as types: compiler messages, and compilers available as wheels."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import field

from buildfix.catalog.schema import Example
from buildfix.core.light_dataclass import dataclass


@dataclass(frozen=True)
class Wording:
    """A pattern for compiler messages, with examples."""

    name: str
    pattern: re.Pattern[str]
    examples: tuple[Example, ...] = ()


@dataclass(frozen=True)
class Lack:
    """A name that a source uses and no header declares."""

    name: str
    file: str
    """The source file, as the compiler names it."""
    type: str | None = None
    """The type that should have it as a member."""


@dataclass(frozen=True)
class CompilerWords:
    """How compilers report errors, and which errors are about missing names."""

    errors: tuple[Wording, ...] = ()
    """Their groups: `file` (the source) and `text` (the message)."""
    lacks: tuple[Wording, ...] = ()
    """Matched against that text; groups: `name`, and `type` if it should be its member."""

    def lack_in(self, line: str) -> Lack | None:
        """Return the name that a compiler reports as missing in this line, or None."""
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
    """A compiler that is available as a wheel, for hosts that cannot install packages."""

    distribution: str
    title: str
    system: str
    """The name of the system in sys.platform."""
    program: str
    """Its path below site-packages."""
    source: str
    serves: frozenset[str] = frozenset()
    """The ids of the capabilities that it provides."""
    variables: Mapping[str, str] = field(default_factory=dict)
    """The variables that make builds use it, with `{program}`."""

    def told(self, platlib: str) -> tuple[tuple[str, str], ...]:
        """Return the variables for an interpreter with that site-packages."""
        program = f"{platlib}/{self.program}"
        return tuple((name, text.format(program=program)) for name, text in self.variables.items())
