"""`recipes/object-caches.toml` as types: programs that keep what compilers wrote."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import field

from buildfix.core.light_dataclass import dataclass


@dataclass(frozen=True)
class ObjectCache:
    """A program that runs a compiler, or returns what it wrote for the same input before."""

    program: str
    folder: str
    """The variable that names its folder."""
    source: str
    root: str | None = None
    """The variable that names a folder below which paths differ with each build."""
    compilers: re.Pattern[str] | None = None
    """Matches the names under which it can stand in for a compiler."""
    wrapper: str | None = None
    """The variable that makes a build tool run its compiler by this program."""
    port: str | None = None
    """The variable for the port of its server, if it has one."""
    stop: tuple[str, ...] = ()
    """The arguments that stop the server."""
    variables: Mapping[str, str] = field(default_factory=dict)
    """The variables without which an object might be a wrong one, or never be found again."""

    @property
    def own_variables(self) -> tuple[str, ...]:
        """The variables that decide what it does; it is left alone where the user has set one."""
        named = (self.folder, self.root, self.wrapper, self.port, *self.variables)
        return tuple(name for name in named if name)
