"""What people type in the place of a command, and the options of `pip install`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from buildfix.catalog.shipped import shipped_folder
from buildfix.catalog.structure import read_file, stored


@dataclass(frozen=True)
class CommandWords:
    """The words of `recipes/commands.toml`."""

    reserved: Mapping[str, str] = field(default_factory=dict)
    """Words that stand for a command of another program, each with what was probably meant."""
    well_known: frozenset[str] = field(default=frozenset(), metadata=stored("well_known"))
    """Projects whose names are nearly a command and that are meant all the same."""
    flags: frozenset[str] = field(default=frozenset(), metadata=stored("pip/flags"))
    """Options of `pip install` without a value."""
    with_value: frozenset[str] = field(default=frozenset(), metadata=stored("pip/with_value"))
    """Options of `pip install` whose next word is their value."""
    unread: frozenset[str] = field(default=frozenset(), metadata=stored("pip/unread"))
    """Options that name what is to be installed in a way that buildfix does not read."""


def command_words() -> CommandWords:
    """Return the words that came with buildfix; raises RecipeError."""
    return read_file(shipped_folder() / "commands.toml", CommandWords)
