"""Values of a followed build file, beside Python's own, that may be unknown; and its calls."""

from __future__ import annotations

import posixpath
from dataclasses import dataclass, field, replace
from typing import Any, Generic, TypeVar

from buildfix.analysis.probe_environment import Probe

Value = Any
"""Python's own value where it is known, or one of the classes here and of the language."""
_ABOVE = "/folders/of/nobody"
ROOT = f"{_ABOVE}/source"
"""Where a followed build file believes to be: deep enough to see what it looks for above."""


@dataclass(frozen=True)
class Unknown:
    """A value that only the build itself would know."""

    aliases: bool = False
    """Whether it may be one of the script's own lists under another name."""

    def __repr__(self) -> str:
        return "UNKNOWN"


UNKNOWN = Unknown()


class Doubtful(str):
    """A string that was put where it is under a condition that nobody knows."""


@dataclass(frozen=True)
class External:
    """Something that is imported from outside the tree, by its dotted name."""

    name: str


@dataclass(frozen=True)
class Method:
    """A method of a value, not yet called."""

    owner: Value
    name: str


Machine = TypeVar("Machine")


@dataclass(frozen=True)
class Call(Generic[Machine]):
    """One call in a followed build file: who follows it, what it is given, where it stands."""

    machine: Machine
    args: list[Value] = field(default_factory=list)
    named: dict[str, Value] = field(default_factory=dict)
    where: str = ""
    owner: Value = None
    """What a method is called on."""
    name: str = ""
    """The name of the method."""

    @property
    def first(self) -> Value:
        """The first argument, UNKNOWN where there is none."""
        return self.args[0] if self.args else UNKNOWN

    @property
    def text(self) -> str | None:
        """The first argument where it is a string."""
        return self.first if isinstance(self.first, str) else None

    def argument(self, place: int, default: Value = None) -> Value:
        """Return a positional argument, the default where it is not given."""
        return self.args[place] if place < len(self.args) else default

    def probe(self, kind: str, subject: str, required: str | None = None) -> Probe:
        """Return what is asked of the imagined machine here."""
        return Probe(kind, subject, required, self.where)

    def using(self, *args: Value) -> Call[Machine]:
        """Return the same call with these arguments alone."""
        return replace(self, args=list(args), named={})


def in_tree(path: str) -> str | None:
    """Return a build file's path as the tree names it, None where it leaves the tree."""
    plain = posixpath.normpath(posixpath.join(ROOT, str(path).replace("\\", "/")))
    if plain == ROOT:
        return ""
    return plain[len(ROOT) + 1 :] if plain.startswith(ROOT + "/") else None


def above_tree(path: str) -> bool:
    """Say whether a path leads to what lies beside the tree, or beside a folder that it is in.

    The folders themselves are there, wherever an archive is unpacked.
    """
    plain = posixpath.normpath(posixpath.join(ROOT, path.replace("\\", "/")))
    beside = plain.startswith(_ABOVE[: _ABOVE.index("/", 1) + 1])
    return beside and not f"{ROOT}/".startswith(f"{plain}/") and in_tree(path) is None


def truth(value: Value) -> bool | None:
    """Return whether a condition holds, None where that is unknown."""
    if isinstance(value, Unknown):
        return None
    if isinstance(value, (str, bytes, int, float, tuple, dict, set, frozenset, type(None), range)):
        return bool(value)
    if isinstance(value, list):
        if value and all(isinstance(item, Doubtful | Unknown) for item in value):
            return None
        return bool(value)
    return True


def join(one: Value, other: Value) -> Value:
    """Return what is known of a value that is one or the other."""
    if one is other:
        return one
    if isinstance(one, list) and isinstance(other, list):
        both = [item for item in one if _among(item, other)]
        rest = [item for item in (*one, *other) if not _among(item, both)]
        return both + [doubtful(item) for item in rest]
    return one if _same(one, other) else UNKNOWN


def doubtful(value: Value) -> Value:
    """Return a value marked as one whose presence is uncertain."""
    if type(value) is tuple:
        return tuple(map(doubtful, value))
    return Doubtful(value) if type(value) is str else value


def contains(container: Value, item: Value) -> Value:
    """Return whether a container has an item, UNKNOWN where one of its items is unknown."""
    if item in container:
        return True
    unsure = isinstance(container, list) and any(isinstance(one, Unknown) for one in container)
    return UNKNOWN if unsure else False


def _among(item: Value, items: list[Value]) -> bool:
    return any(_same(item, one) for one in items)


def _same(one: Value, other: Value) -> bool:
    try:
        return type(one) is type(other) and bool(one == other)
    except Exception:  # values of a script compare as they like
        return False
