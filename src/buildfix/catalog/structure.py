"""Converts TOML into the types of recipes, with errors that name the file and key."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

from buildfix.catalog.compiled import Compiled, compiled
from buildfix.catalog.shipped import shipped_folder
from buildfix.catalog.trusted import made
from buildfix.core.errors import RecipeError

_T = TypeVar("_T")


def parsed(path: Path) -> Mapping[str, Any]:
    """Return a file's contents; raises RecipeError if it is unreadable or not TOML."""
    try:
        return _parsed(path, path.read_bytes())
    except OSError as error:
        raise RecipeError(str(path), f"cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise RecipeError(str(path), f"is not UTF-8: {error.reason}") from error
    except ValueError as error:
        raise RecipeError(str(path), f"is not TOML: {error}") from error


@cache
def _parsed(path: Path, text: bytes) -> Mapping[str, Any]:
    if found := compiled(path, text):
        return found
    if sys.version_info >= (3, 11):
        import tomllib
    else:
        import tomli as tomllib
    return tomllib.loads(text.decode("utf-8"))


def read_file(path: Path, cls: type[_T]) -> _T:
    """Return a file's contents as an object; raises RecipeError."""
    return structure(parsed(path), cls, str(path))


def structure(table: Any, cls: type[_T], where: str) -> _T:
    """Return a table as an object; raises RecipeError, which calls the table `where`.

    A table of the wheel's compiled recipes is not checked. One of the user's own patterns is
    rejected if matching may take forever; a test checks the shipped ones.
    """
    if isinstance(table, Compiled):
        return made(table, cls)  # type: ignore[no-any-return]
    from buildfix.catalog.checked import checked  # cattrs is slow to load

    return checked(table, cls, where, own=not where.startswith(str(shipped_folder())))
