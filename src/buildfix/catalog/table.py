"""Reading TOML with errors that name the file and the key."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from buildfix.catalog.shipped import shipped_folder
from buildfix.core.errors import RecipeError

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib


_EXPLODES = (
    "can match one text in more and more ways, so that a line may take for ever; let each "
    "repetition inside another one begin or end with a character that it cannot repeat itself"
)


class Table:
    """A TOML table whose keys are taken one by one; what nobody took is an error.

    `where` is how errors call it: the file, then the keys that lead to it.
    """

    def __init__(self, data: Mapping[str, Any], where: str):
        """Read `data`, found at `where`."""
        self.where = where
        self._rest = dict(data)

    @classmethod
    def of_file(cls, path: Path) -> Table:
        """Return a file's table; raises RecipeError where it is unreadable or not TOML."""
        try:
            return cls(_parsed(path.read_text(encoding="utf-8")), str(path))
        except OSError as error:
            raise RecipeError(str(path), f"cannot be read: {error.strerror}") from error
        except UnicodeDecodeError as error:
            raise RecipeError(str(path), f"is not UTF-8: {error.reason}") from error
        except tomllib.TOMLDecodeError as error:
            raise RecipeError(str(path), f"is not TOML: {error}") from error

    def error(self, key: str, problem: str) -> RecipeError:
        """Return the error for a key of this table."""
        return RecipeError(f"{self.where}, key `{key}`", problem)

    def text(self, key: str, default: str | None = None) -> str:
        """Take a string; without a default it is required."""
        value = self._take(key, default)
        if not isinstance(value, str):
            raise self.error(key, "must be a string")
        return value

    def optional_text(self, key: str) -> str | None:
        """Take a string that may be absent."""
        return self.text(key) if key in self._rest else None

    def flag(self, key: str) -> bool:
        """Take a truth value, false where it is absent."""
        value = self._take(key, False)
        if not isinstance(value, bool):
            raise self.error(key, "must be true or false")
        return value

    def number(self, key: str, default: int) -> int:
        """Take a whole number."""
        value = self._take(key, default)
        if not isinstance(value, int) or isinstance(value, bool):
            raise self.error(key, "must be a whole number")
        return value

    def numbers(self, key: str) -> tuple[int, ...]:
        """Take a list of whole numbers, empty where it is absent."""
        value = self._take(key, [])
        if not isinstance(value, list) or not all(type(item) is int for item in value):
            raise self.error(key, "must be a list of whole numbers")
        return tuple(value)

    def texts(self, key: str) -> tuple[str, ...]:
        """Take a list of strings, empty where it is absent."""
        value = self._take(key, [])
        if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
            raise self.error(key, "must be a list of strings")
        return tuple(value)

    def text_lists(self, key: str) -> tuple[tuple[str, ...], ...]:
        """Take a list of lists of strings, empty where it is absent."""
        value = self._take(key, [])
        if not isinstance(value, list) or not all(
            isinstance(row, list) and row and all(isinstance(word, str) for word in row)
            for row in value
        ):
            raise self.error(key, "must be a list of lists of strings")
        return tuple(tuple(row) for row in value)

    def text_map(self, key: str) -> dict[str, str]:
        """Take a table of strings, empty where it is absent."""
        value = self._take(key, {})
        if not isinstance(value, dict) or not all(isinstance(one, str) for one in value.values()):
            raise self.error(key, "must be a table of strings")
        return value

    def table(self, key: str) -> Table:
        """Take a table, empty where it is absent."""
        value = self._take(key, {})
        if not isinstance(value, dict):
            raise self.error(key, "must be a table")
        return Table(value, f"{self.where}, {key}")

    def tables(self, key: str) -> Iterator[Table]:
        """Take a list of tables, empty where it is absent."""
        value = self._take(key, [])
        if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
            raise self.error(key, "must be a list of tables")
        for number, item in enumerate(value, start=1):
            yield Table(item, f"{self.where}, {key} {item.get('name', item.get('id', number))}")

    def named_tables(self) -> Iterator[tuple[str, Table]]:
        """Take all that is left, each key with its table."""
        for key in tuple(self._rest):
            yield key, self.table(key)

    def __iter__(self) -> Iterator[str]:
        """Yield the keys that are not taken yet."""
        return iter(tuple(self._rest))

    def __contains__(self, key: str) -> bool:
        """Say whether a key is there and not taken yet."""
        return key in self._rest

    def done(self) -> None:
        """Raise RecipeError for the first key that nobody knows."""
        for key in self._rest:
            raise self.error(key, "is not known here")

    def _take(self, key: str, default: object) -> Any:
        value = self._rest.pop(key, default)
        if value is None:
            raise self.error(key, "is missing")
        return value


@cache
def _parsed(text: str) -> dict[str, Any]:
    """Return what a TOML text says; nobody writes into it, as every table copies its own part."""
    return tomllib.loads(text)


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    """Return a compiled pattern: the shipped ones are more than `re` itself remembers."""
    return re.compile(pattern)


def compile_pattern(table: Table, key: str, pattern: str) -> re.Pattern[str]:
    """Return a compiled pattern; raises RecipeError.

    One of the user's own is refused where matching it may take for ever; a test holds the shipped
    ones to the same.
    """
    try:
        compiled = _compiled(pattern)
    except (re.error, OverflowError, RecursionError) as error:
        raise table.error(key, f"is not a regular expression: {error}") from error
    if not table.where.startswith(str(shipped_folder())):
        from buildfix.catalog.backtracking import explodes  # few have recipes of their own

        if explodes(compiled):
            raise table.error(key, _EXPLODES)
    return compiled
