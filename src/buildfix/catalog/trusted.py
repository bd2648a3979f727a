"""Makes objects of the wheel's compiled recipes, without checks: tests check what is shipped.

All other recipes are converted and checked by cattrs (`checked.py`), which takes longer to import.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import is_dataclass
from functools import cache, partial
from typing import Any, get_args, get_origin

from packaging.requirements import Requirement
from packaging.version import Version

from buildfix.catalog.stored import (
    LazyPattern,
    Stored,
    compiled_pattern,
    flat_table,
    stored_fields,
    tables_of,
)

Maker = Callable[[Any], Any]
"""Makes a value of what TOML has."""
_OF_TEXT = (LazyPattern, Requirement, Version)
"""Types that are made of a string alone."""


def made(value: Any, kind: Any) -> Any:
    """Return what TOML has as a type."""
    return _maker(kind)(value)


def _object(cls: type, table: Mapping[str, Any]) -> Any:
    """Return a table as an object."""
    flat = flat_table(table, tables_of(cls))
    return cls(**{name: make(flat[key]) for name, key, make in _makers(cls) if key in flat})


@cache
def _makers(cls: type) -> list[tuple[str, str, Maker]]:
    """Return the name, the key and the maker of each field."""
    return [(name, one.key, _of(one)) for name, one in stored_fields(cls).items()]


def _of(one: Stored) -> Maker:
    """Return the maker of a field."""
    make, convert = _maker(one.type), one.convert
    return (lambda value: convert(make(value))) if convert else make


@cache
def _maker(kind: Any) -> Maker:
    """Return the maker of a type."""
    if isinstance(kind, type) and is_dataclass(kind) and kind not in _OF_TEXT:
        return partial(_object, kind)
    if kind == re.Pattern[str]:
        return compiled_pattern
    origin, arguments = get_origin(kind), get_args(kind)
    if origin in (tuple, frozenset):
        item = _maker(arguments[0])
        return lambda value: origin(map(item, value))
    if origin is Mapping:
        item = _maker(arguments[1])
        return lambda value: {name: item(one) for name, one in value.items()}
    if type(None) in arguments:
        return _maker(arguments[0])
    return kind if kind in _OF_TEXT else lambda value: value
