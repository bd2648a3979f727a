"""Finds the text of recipes, for people who want to read it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from buildfix.catalog.knowledge import Knowledge
from buildfix.core.light_dataclass import dataclass
from buildfix.dependency_kinds import KINDS

_WHOLE = ("hosts", "projects")
"""Folders with a recipe in each file, which is named by it."""
_TABLES = ("capabilities", "causes")
"""Folders with many recipes in each file."""
_ENTRY = re.compile(r"(?m)^(?=\[\[)")
_NAME = re.compile(r'(?m)^(?:id|name) = "(.+)"')


@dataclass(frozen=True)
class RecipeText:
    """A recipe, the file that it is in, and its lines there."""

    name: str
    path: Path
    text: str

    def line_with(self, word: str) -> str:
        """Return the first line that has a word; empty if none has."""
        found = re.search(rf"(?mi)^.*{_as_word(word)}.*$", self.text)
        return found[0].strip() if found else ""


def find_recipes(knowledge: Knowledge, word: str) -> tuple[RecipeText, ...]:
    """Return the recipe with that name, else what provides a header, library, command or module."""
    texts = _texts(knowledge)
    if word in texts:
        return (texts[word],)
    return tuple(texts[one] for one in sorted({*_providers(knowledge, word)}) if one in texts)


def mentions(knowledge: Knowledge, word: str) -> list[tuple[str, str]]:
    """Return the names of all recipes that have a word, each with the first line that has it."""
    found = ((one.name, one.line_with(word)) for one in _texts(knowledge).values())
    return [(name, line) for name, line in found if line]


def _providers(knowledge: Knowledge, subject: str) -> Iterator[str]:
    """Yield the ids of what provides a subject of any kind, but not of what provides them all."""
    for kind in KINDS:
        found = knowledge.capability(kind, subject)
        if found and found != knowledge.capability(kind, ""):
            yield found.id


def _texts(knowledge: Knowledge) -> dict[str, RecipeText]:
    """Return every recipe by its name; that of a later folder counts."""
    return {recipe.name: recipe for recipe in _recipes(knowledge)}


def _recipes(knowledge: Knowledge) -> Iterator[RecipeText]:
    for folder in knowledge.folders:
        for kind in (*_WHOLE, *_TABLES):
            for path in sorted((folder / kind).rglob("*.toml")):
                text = path.read_text(encoding="utf-8")
                if kind in _WHOLE:
                    yield RecipeText(path.stem, path, text.rstrip())
                else:
                    yield from _entries(path, text)


def _entries(path: Path, text: str) -> Iterator[RecipeText]:
    for entry in _ENTRY.split(text):
        if name := _NAME.search(entry):
            yield RecipeText(name[1], path, entry.rstrip())


def _as_word(word: str) -> str:
    return rf"(?<!\w){re.escape(word)}(?!\w)"
