"""The table of faults: read from `faults.toml`, checked, and typed."""

from __future__ import annotations

import re
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any, TypeVar

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

TABLE = Path(__file__).parent / "faults.toml"
PLACES = ("here", "trixie", "bookworm")
_NAME = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_ITEM = re.compile(r"[A-E][0-9]{1,2}")
_UNATTENDED = frozenset({"--yes", "-y"})
_Row = TypeVar("_Row")


class TableError(Exception):
    """A row of the table that cannot be meant."""


@dataclass(frozen=True)
class Check:
    """A command that is run on the machine afterwards, and what it must say."""

    run: tuple[str, ...]
    exit: int = 0
    prints: str = ""
    """An expression that must be found in its output."""
    never: str = ""
    """An expression that must not."""


@dataclass(frozen=True)
class Fault:
    """One row: a fault, how it is injected, and what must be seen."""

    name: str
    item: str
    """What it belongs to: a letter for the kind of fault and a number."""
    fault: str
    """What is wrong, in a sentence."""
    seen: str
    """What must be seen, in a sentence."""
    test: str = ""
    """The pytest node that injects the fault and checks for it, where a row cannot say it."""
    where: str = "here"
    files: Mapping[str, str] = field(default_factory=dict)
    inject: tuple[Mapping[str, Any], ...] = ()
    before: tuple[tuple[str, ...], ...] = ()
    environ: Mapping[str, str] = field(default_factory=dict)
    run: tuple[str, ...] = ()
    user: str = ""
    stdin: str = ""
    keys: tuple[tuple[str, str], ...] = ()
    exit: tuple[int, ...] = (0,)
    says: tuple[str, ...] = ()
    never: tuple[str, ...] = ()
    json: Mapping[str, Any] = field(default_factory=dict)
    after: tuple[Check, ...] = ()
    seconds: float = 300.0


def faults(table: Path = TABLE) -> tuple[Fault, ...]:
    """Return the rows of the table in their order; raises TableError for one that is not sound."""
    document = tomllib.loads(table.read_text(encoding="utf-8"))
    rows = tuple(map(_fault, document["fault"]))
    names = [row.name for row in rows]
    if twice := {name for name in names if names.count(name) > 1}:
        raise TableError(f"two rows have the same name: {', '.join(sorted(twice))}")
    return rows


def _fault(row: Mapping[str, Any]) -> Fault:
    label = row.get("name", "a row without a name")
    checks = [_typed(Check, one, label) for one in row.get("after", ())]
    fault = _typed(Fault, {**row, "after": checks}, label)
    for wrong in _wrong(fault):
        raise TableError(f"{label}: {wrong}")
    return fault


def _typed(kind: type[_Row], row: Mapping[str, Any], label: str) -> _Row:
    known = {one.name for one in fields(kind)}  # type: ignore[arg-type]
    if unknown := row.keys() - known:
        raise TableError(f"{label}: unknown key {', '.join(sorted(unknown))}")
    values = {key: _frozen(value) for key, value in row.items()}
    if isinstance(values.get("exit"), int) and kind is Fault:
        values["exit"] = (values["exit"],)
    try:
        return kind(**values)
    except TypeError as error:
        raise TableError(f"{label}: {error}") from error


def _frozen(value: Any) -> Any:
    return tuple(map(_frozen, value)) if isinstance(value, list) else value


def _wrong(fault: Fault) -> list[str]:
    """Return what is wrong with a row."""
    checked = fault.says or fault.never or fault.json or fault.after or fault.exit != (0,)
    lists = ("run", "says", "never", "exit")
    rules = {
        f"{', '.join(lists)} are lists": any(isinstance(getattr(fault, one), str) for one in lists),
        "its name is not in-lower-case-with-hyphens": not _NAME.fullmatch(fault.name),
        "its item is not one letter and a number": not _ITEM.fullmatch(fault.item),
        f"where is one of {', '.join(PLACES)}": fault.where not in PLACES,
        "it has either run or test": bool(fault.run) == bool(fault.test),
        "it checks nothing": not (fault.test or checked),
        "a row that installs runs in a bare root, not here": fault.where == "here"
        and not _UNATTENDED.isdisjoint(fault.run),
    }
    return [rule for rule, broken in rules.items() if broken]
