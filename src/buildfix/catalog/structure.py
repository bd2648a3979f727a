"""Converts TOML into the types of recipes, with errors that name the file and key.

A key is a field's name with hyphens; `stored` sets another key, a table or another notation.
Unknown keys are errors.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import MISSING, fields, is_dataclass
from functools import cache, partial
from pathlib import Path
from typing import Any, Literal, TypeVar, get_args, get_origin, get_type_hints

from cattrs import Converter
from cattrs.errors import ForbiddenExtraKeysError
from cattrs.gen import make_dict_structure_fn, override
from packaging.requirements import InvalidRequirement, Requirement
from packaging.version import InvalidVersion, Version

from buildfix.catalog.compiled import compiled
from buildfix.catalog.shipped import shipped_folder
from buildfix.core.errors import RecipeError
from buildfix.core.light_dataclass import dataclass

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

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


class Problem(ValueError):
    """A value that is invalid."""

    def __init__(self, problem: str, key: str = ""):
        """Say what is wrong, and in which key of the table, if in one."""
        super().__init__(problem)
        self.key = key


_REFUSALS = (Problem, ForbiddenExtraKeysError, KeyError, TypeError, AttributeError)
"""What a converter raises; cattrs itself does not check whether a value is a table."""


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


def parsed(path: Path) -> Mapping[str, Any]:
    """Return a file's contents; raises RecipeError if it is unreadable or not TOML."""
    try:
        return _parsed(path, path.read_bytes())
    except OSError as error:
        raise RecipeError(str(path), f"cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise RecipeError(str(path), f"is not UTF-8: {error.reason}") from error
    except tomllib.TOMLDecodeError as error:
        raise RecipeError(str(path), f"is not TOML: {error}") from error


@cache
def _parsed(path: Path, text: bytes) -> Mapping[str, Any]:
    return compiled(path, text) or tomllib.loads(text.decode("utf-8"))


def read_file(path: Path, cls: type[_T]) -> _T:
    """Return a file's contents as an object; raises RecipeError."""
    return structure(parsed(path), cls, str(path))


def structure(table: Any, cls: type[_T], where: str) -> _T:
    """Return a table as an object; raises RecipeError, which calls the table `where`.

    One of the user's own patterns is rejected if matching may take forever; a test checks the
    shipped ones.
    """
    converter = _converter(not where.startswith(str(shipped_folder())))
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
        tables = _tables_of(cls)
        return (lambda value, kind: hook(_flat(value, tables), kind)) if tables else hook

    def pattern(value: Any, _: Any) -> re.Pattern[str]:
        found = _compiled(_exactly(str, value))
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
    return lambda value, _: convert(hook(value, one.type)) if convert else hook(value, one.type)


def _tables_of(cls: type) -> tuple[str, ...]:
    """Return the tables whose keys are fields of a dataclass."""
    found = (one.key.rpartition("/")[0] for one in stored_fields(cls).values())
    return tuple(dict.fromkeys(filter(None, found)))


def _flat(table: Mapping[str, Any], tables: tuple[str, ...]) -> Mapping[str, Any]:
    """Return a table with the keys of its `tables` moved into it."""
    flat = {key: value for key, value in table.items() if key not in tables}
    for name in tables:
        flat.update({f"{name}/{key}": value for key, value in table.get(name, {}).items()})
    return flat


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


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    """Return a compiled pattern; cached, because there are more than `re` itself caches."""
    try:
        return re.compile(pattern)
    except (re.error, OverflowError, RecursionError) as error:
        raise Problem(f"is not a valid regular expression: {error}") from error


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
    tables, known = _tables_of(cls), {one.key: one for one in stored_fields(cls).values()}
    for name in tables:
        if not isinstance(table.get(name, {}), dict):
            return _error(where, name, "must be a table")
    flat = _flat(table, tables)
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


def name_of(table: Any, number: int) -> Any:
    """Return the name in errors of a table in a list."""
    return table.get("name", table.get("id", number)) if isinstance(table, dict) else number


def _error(where: str, key: str, problem: str) -> RecipeError:
    table, _, name = key.rpartition("/")
    place = f"{where}, {table}" if table else where
    return RecipeError(f"{place}, key `{name}`", problem)
