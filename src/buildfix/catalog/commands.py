"""What people type in the place of a command, and the options of `pip install`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from buildfix.catalog.shipped import shipped_folder
from buildfix.catalog.table import Table


@dataclass(frozen=True)
class CommandWords:
    """The words of `recipes/commands.toml`."""

    reserved: Mapping[str, str]
    """Words that stand for a command of another program, each with what was probably meant."""
    well_known: frozenset[str]
    """Projects whose names are nearly a command and that are meant all the same."""
    flags: frozenset[str]
    """Options of `pip install` without a value."""
    with_value: frozenset[str]
    """Options of `pip install` whose next word is their value."""
    unread: frozenset[str]
    """Options that name what is to be installed in a way that buildfix does not read."""

    @classmethod
    def read(cls, table: Table) -> CommandWords:
        """Return the words of a file's table; raises RecipeError."""
        pip = table.table("pip")
        words = cls(
            reserved=table.text_map("reserved"),
            well_known=frozenset(table.texts("well_known")),
            flags=frozenset(pip.texts("flags")),
            with_value=frozenset(pip.texts("with_value")),
            unread=frozenset(pip.texts("unread")),
        )
        pip.done()
        table.done()
        return words


def command_words() -> CommandWords:
    """Return the words that came with buildfix; raises RecipeError."""
    return CommandWords.read(Table.of_file(shipped_folder() / "commands.toml"))
