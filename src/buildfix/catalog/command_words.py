"""What people type in place of a command, and the options of `pip install`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from functools import cache
from typing import Literal

from packaging.version import InvalidVersion, Version

from buildfix.catalog.shipped import shipped_folder
from buildfix.catalog.stored import stored
from buildfix.catalog.structure import read_file
from buildfix.core.light_dataclass import dataclass


@dataclass(frozen=True)
class DoctorCheck:
    """A compiler or a tool that `buildfix doctor` looks for."""

    title: str
    group: Literal["compilers", "tools"]
    kind: str
    """The kind of the need."""
    subject: str
    """The subject of the need."""
    programs: tuple[str, ...]
    """Programs to look for; the first one found reports its version."""
    optional: str = ""
    """Who needs it, if most projects do not."""


@dataclass(frozen=True)
class CommandWords:
    """The words of `recipes/commands.toml`."""

    reserved: Mapping[str, str] = field(default_factory=dict)
    """Words that are commands of other programs, each with what was probably meant."""
    well_known: frozenset[str] = field(default=frozenset(), metadata=stored("well_known"))
    """Projects that people install although their names resemble a command."""
    flags: frozenset[str] = field(default=frozenset(), metadata=stored("pip/flags"))
    """Options of `pip install` without a value."""
    with_value: frozenset[str] = field(default=frozenset(), metadata=stored("pip/with_value"))
    """Options of `pip install` whose next word is their value."""
    unread: frozenset[str] = field(default=frozenset(), metadata=stored("pip/unread"))
    """Options that say what to install in a way that buildfix does not support."""
    since: Mapping[str, Version] = field(default_factory=dict, metadata=stored("pip/since"))
    """The first pip that has a feature."""
    doctor: tuple[DoctorCheck, ...] = field(default=(), metadata=stored("programs/doctor"))
    """What `buildfix doctor` looks for on any machine."""
    compilers: frozenset[str] = field(default=frozenset(), metadata=stored("programs/compilers"))
    """Programs; every machine that can build has at least one of them."""

    def is_of_pip(self, option: str) -> bool:
        """Return whether `pip install` has an option."""
        return option in self.flags or option in self.with_value

    def pip_has(self, feature: str, pip: str | None) -> bool:
        """Return whether a pip version has a feature of `[pip.since]`; False without pip."""
        try:
            return Version(pip or "0") >= self.since[feature]
        except InvalidVersion:
            return False


@cache
def command_words() -> CommandWords:
    """Return the words shipped with buildfix; raises RecipeError."""
    return read_file(shipped_folder() / "commands.toml", CommandWords)
