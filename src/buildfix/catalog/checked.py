"""Converts TOML into the types of recipes by cattrs, with errors that name the file and key.

Unknown keys are errors.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import is_dataclass
from functools import cache, partial
from typing import Any, Literal, TypeVar, get_args, get_origin

from cattrs import Converter
from cattrs.errors import ForbiddenExtraKeysError
from cattrs.gen import make_dict_structure_fn, override
from packaging.requirements import InvalidRequirement, Requirement
from packaging.version import InvalidVersion, Version

from buildfix.catalog.stored import (
    LazyPattern,
    Problem,
    Stored,
    compiled_pattern,
    flat_table,
    name_of,
    stored_fields,
    tables_of,
)
from buildfix.core.errors import RecipeError

_T = TypeVar("_T")
Hook = Callable[[Any, Any], Any]
"""Converts a value from TOML to a type, given the value and the type."""

_EXPLODES = (
    "can match the same text in so many ways that one line may take forever; start or end each "
    "nested repetition with a character that it cannot repeat"
)
_WORDS = {
    str: "a string",
    int: "a whole number",
    bool: "true or false",
    tuple[str, ...]: "a list of strings",
    tuple[int, ...]: "a list of whole numbers",
    tuple[tuple[str, ...], ...]: "a list of lists of strings",
    frozenset[str]: "a list of strings",
    Mapping[str, str]: "a table of strings",
}
"""How errors call what TOML has."""


_REFUSALS = (Problem, ForbiddenExtraKeysError, KeyError, TypeError, AttributeError)
"""What a converter raises; cattrs itself does not check whether a value is a table."""


def checked(table: Any, cls: type[_T], where: str, *, own: bool) -> _T:
    """Return a table as an object; raises RecipeError, which calls the table `where`.

    A pattern of the user's `own` is rejected if matching may take forever.
    """
    converter = _converter(own)
    try:
        return converter.get_structure_hook(cls)(table, cls)  # type: ignore[no-any-return]
    except _REFUSALS as error:
        if not is_dataclass(cls):  # `where` names the key
            raise RecipeError(where, str(error)) from error
        raise _error_in(table, cls, where, converter) or error from None


@cache
def _converter(own: bool) -> Converter:
    converter = Converter(detailed_validation=False)

    def dataclass_hook(cls: type) -> Hook:
        known = stored_fields(cls)
        overrides = {
            name: override(
                rename=one.key,
                omit=not one.key,
                struct_hook=_field_hook(one, converter) if one.convert else None,
            )
            for name, one in known.items()
        }
        options: dict[str, Any] = {"_cattrs_forbid_extra_keys": True, **overrides}
        hook: Hook = make_dict_structure_fn(cls, converter, **options)
        tables = tables_of(cls)
        return (lambda value, kind: hook(flat_table(value, tables), kind)) if tables else hook

    def pattern(value: Any, _: Any) -> re.Pattern[str]:
        found = compiled_pattern(_exactly(str, value))
        if own:
            from buildfix.catalog.backtracking import explodes  # few have recipes of their own

            if explodes(found):
                raise Problem(_EXPLODES)
        return found

    for kind in (str, int, bool):
        converter.register_structure_hook(kind, lambda value, kind: _exactly(kind, value))
    converter.register_structure_hook(Version, _version)
    converter.register_structure_hook(Requirement, _requirement)
    converter.register_structure_hook_func(lambda kind: kind == re.Pattern[str], pattern)
    converter.register_structure_hook(
        LazyPattern, lambda value, kind: LazyPattern(pattern(value, kind).pattern)
    )
    for origins, hook in (
        ({Literal}, _one_of),
        ({tuple, frozenset}, partial(_sequence, converter)),
        ({Mapping}, partial(_mapping, converter)),
    ):
        converter.register_structure_hook_factory(partial(_is_one, origins), hook)
    converter.register_structure_hook_factory(is_dataclass, dataclass_hook)
    return converter


def _is_one(origins: set[Any], kind: Any) -> bool:
    return get_origin(kind) in origins


def _field_hook(one: Stored, converter: Converter) -> Hook:
    convert, hook = one.convert, converter.get_structure_hook(one.type)

    def field_hook(value: Any, _: Any) -> Any:
        found = convert(hook(value, one.type)) if convert else hook(value, one.type)
        if isinstance(found, LazyPattern):
            compiled_pattern(found.pattern)
        return found

    return field_hook


def _exactly(kind: type[_T], value: Any) -> _T:
    if value.__class__ is not kind:
        raise Problem(f"must be {_WORDS[kind]}")
    return value


def _version(value: Any, _: Any) -> Version:
    try:
        return Version(_exactly(str, value))
    except InvalidVersion:
        raise Problem("must be a version") from None


def _requirement(value: Any, _: Any) -> Requirement:
    try:
        return Requirement(_exactly(str, value))
    except InvalidRequirement:
        raise Problem(f"{value!r} is not a requirement") from None


def _one_of(kind: Any) -> Hook:
    words = get_args(kind)

    def hook(value: Any, _: Any) -> Any:
        if value not in words:
            raise Problem(f"must be one of {', '.join(words)}")
        return value

    return hook


def _sequence(converter: Converter, kind: Any) -> Hook:
    origin, item = get_origin(kind), get_args(kind)[0]
    problem = f"must be {_WORDS.get(kind, 'a list of tables')}"
    hook = _words if item == tuple[str, ...] else converter.get_structure_hook(item)
    plain = item if item in (str, int) else None

    def structured(value: Any, _: Any) -> Any:
        if value.__class__ is not list:
            raise Problem(problem)
        if plain is None:
            return origin(hook(one, item) for one in value)
        if not all(one.__class__ is plain for one in value):
            raise Problem(problem)
        return origin(value)

    return structured


def _words(value: Any, _: Any) -> tuple[str, ...]:
    """Return one list of a list of lists of strings."""
    if not (value.__class__ is list and value and all(one.__class__ is str for one in value)):
        raise Problem(f"must be {_WORDS[tuple[tuple[str, ...], ...]]}")
    return tuple(value)


def _mapping(converter: Converter, kind: Any) -> Hook:
    item = get_args(kind)[1]
    problem = f"must be {_WORDS.get(kind, 'a table')}"
    hook = converter.get_structure_hook(item)

    def structured(value: Any, _: Any) -> Any:
        if value.__class__ is not dict:
            raise Problem(problem)
        if item is not str:
            return {name: hook(one, item) for name, one in value.items()}
        if not all(one.__class__ is str for one in value.values()):
            raise Problem(problem)
        return value

    return structured


def _error_in(table: Any, cls: type, where: str, converter: Converter) -> RecipeError | None:
    """Return what is wrong with a table: a missing, invalid or unknown key, or the whole."""
    tables, known = tables_of(cls), {one.key: one for one in stored_fields(cls).values()}
    for name in tables:
        if not isinstance(table.get(name, {}), dict):
            return _error(where, name, "must be a table")
    flat = flat_table(table, tables)
    for key, one in known.items():
        if one.required and key not in flat:
            return _error(where, key, "is missing")
    for key, value in flat.items():
        if error := _error_of(key, value, known.get(key), where, converter):
            return error
    try:
        converter.structure(table, cls)
    except Problem as problem:
        return _error(where, problem.key, str(problem))
    return None


def _error_of(
    key: str, value: Any, one: Stored | None, where: str, converter: Converter
) -> RecipeError | None:
    """Return what is wrong with a key or its value."""
    if one is None:
        return _error(where, key, "is not a known key")
    try:
        _field_hook(one, converter)(value, one.type)
    except _REFUSALS as refusal:
        word = str(refusal) if isinstance(refusal, Problem) else _table_word(one.type)
        return _error_inside(value, one, where, converter) or _error(where, one.key, word)
    return None


def _error_inside(value: Any, one: Stored, where: str, converter: Converter) -> RecipeError | None:
    """Return what is wrong with the first invalid table in a value."""
    for table, cls, name in _tables_in(value, one.type):
        place = f"{where}, {one.key}{name}"
        if isinstance(table, dict):
            if error := _error_in(table, cls, place, converter):
                return error
        elif get_origin(one.type) is Mapping:
            return _error(f"{where}, {one.key}", name.removeprefix(", "), "must be a table")
    return None


def _table_word(kind: Any) -> str:
    return "must be a list of tables" if get_origin(kind) is tuple else "must be a table"


def _tables_in(value: Any, kind: Any) -> Iterator[tuple[Any, type, str]]:
    """Yield the tables in a value, each with its type and its name in errors."""
    origin = get_origin(kind)
    cls: Any = kind if is_dataclass(kind) else next(filter(is_dataclass, get_args(kind)), None)
    if cls is None:
        return
    if origin is tuple and isinstance(value, list):
        for number, one in enumerate(value, start=1):
            yield one, cls, f" {name_of(one, number)}"
    elif origin is Mapping and isinstance(value, dict):
        yield from ((one, cls, f", {name}") for name, one in value.items())
    else:
        yield value, cls, ""


def _error(where: str, key: str, problem: str) -> RecipeError:
    table, _, name = key.rpartition("/")
    place = f"{where}, {table}" if table else where
    return RecipeError(f"{place}, key `{name}`", problem)
