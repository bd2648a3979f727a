"""How the fields of a type are stored in a recipe.

A key is a field's name with hyphens; `stored` sets another key, a table or another notation.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import MISSING, fields
from functools import cache
from typing import Any, get_type_hints

from buildfix.core.light_dataclass import dataclass


class Problem(ValueError):
    """A value that is invalid."""

    def __init__(self, problem: str, key: str = ""):
        """Say what is wrong, and in which key of the table, if in one."""
        super().__init__(problem)
        self.key = key


def check_placeholders(key: str, texts: Iterable[str], *names: str) -> None:
    """Raise Problem if a text has other placeholders than these names, such as `{subject}`."""
    for text in texts:
        try:
            text.format(**dict.fromkeys(names, ""))
        except (KeyError, IndexError, ValueError) as error:
            allowed = " and ".join(f"{{{name}}}" for name in names)
            raise Problem(f"may only have the placeholders {allowed}", key) from error


@dataclass(frozen=True)
class Stored:
    """How a field is stored in a recipe."""

    key: str
    """The key, after its table and `/` if it is in one; empty if recipes do not have it."""
    type: Any
    """Its type in the recipe."""
    required: bool
    convert: Callable[[Any], Any] | None = None


def stored(
    key: str | None = None, kind: Any = None, convert: Callable[[Any], Any] | None = None
) -> Mapping[str, Any]:
    """Return a field's metadata: its key, its type in the recipe, what makes the field of that."""
    return {"key": key, "kind": kind, "convert": convert}


@cache
def stored_fields(cls: type) -> Mapping[str, Stored]:
    """Return how each field of a dataclass is stored in a recipe."""
    hints = get_type_hints(cls)
    found = {}
    for one in fields(cls):
        key, kind = one.metadata.get("key"), one.metadata.get("kind")
        required = one.default is MISSING and one.default_factory is MISSING
        found[one.name] = Stored(
            one.name.replace("_", "-") if key is None else key,
            hints[one.name] if kind is None else kind,
            required,
            one.metadata.get("convert"),
        )
    return found


@cache
def tables_of(cls: type) -> tuple[str, ...]:
    """Return the tables whose keys are fields of a dataclass."""
    found = (one.key.rpartition("/")[0] for one in stored_fields(cls).values())
    return tuple(dict.fromkeys(filter(None, found)))


def flat_table(table: Mapping[str, Any], tables: tuple[str, ...]) -> Mapping[str, Any]:
    """Return a table with the keys of its `tables` moved into it."""
    flat = {key: value for key, value in table.items() if key not in tables}
    for name in tables:
        flat.update({f"{name}/{key}": value for key, value in table.get(name, {}).items()})
    return flat


@cache
def compiled_pattern(pattern: str) -> re.Pattern[str]:
    """Return a compiled pattern; cached, because there are more than `re` itself caches.

    Raises Problem.
    """
    try:
        return re.compile(pattern)
    except (re.error, OverflowError, RecursionError) as error:
        raise Problem(f"is not a valid regular expression: {error}") from error


@dataclass(frozen=True)
class LazyPattern:
    """A regular expression of a recipe, compiled when it is first used: most never are."""

    pattern: str

    def search(self, text: str) -> re.Match[str] | None:
        """Return where it first matches in a text."""
        return compiled_pattern(self.pattern).search(text)

    def finditer(self, text: str) -> Iterator[re.Match[str]]:
        """Yield where it matches in a text."""
        return compiled_pattern(self.pattern).finditer(text)


def name_of(table: Any, number: int) -> Any:
    """Return the name in errors of a table in a list."""
    return table.get("name", table.get("id", number)) if isinstance(table, dict) else number
