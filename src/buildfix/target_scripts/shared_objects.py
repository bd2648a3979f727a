"""The shared objects of distributions and of everything that they require."""

from __future__ import annotations

import mmap
import os
import re
from importlib.machinery import EXTENSION_SUFFIXES
from importlib.metadata import distributions

from buildfix.target_scripts.installed import listed, name_of, normalized, required_name

TYPE_CHECKING = False
if TYPE_CHECKING:
    from importlib.metadata import Distribution
    from typing import BinaryIO


def answer(names: list[str]) -> list[tuple[str, bool]]:
    """Return the paths of the shared objects, each with whether it is a Python module."""
    there = {name_of(dist): dist for dist in distributions()}
    return [
        (place, is_module(path, place))
        for name in sorted(with_required(names, there))
        for path in listed(there[name])
        if re.search(r"\.so(\.[0-9.]+)?$", path)
        for place in (os.path.normpath(str(there[name].locate_file(path))),)
    ]


def with_required(names: list[str], there: dict[str, Distribution]) -> set[str]:
    """Return these distributions and those that they require, if installed."""
    pending, seen = [normalized(name) for name in names], set()
    while pending:
        name = pending.pop()
        if name not in seen and name in there:
            seen.add(name)
            pending += [normalized(required_name(one)) for one in there[name].requires or ()]
    return seen


def is_module(name: str, place: str) -> bool:
    """Return whether a file is a Python module, by its name and its init function."""
    ends = [end for end in EXTENSION_SUFFIXES if name.endswith(end)]
    parts = name[: -len(max(ends, key=len))].split("/") if ends else [""]
    if not all(part.isidentifier() for part in parts):
        return False
    try:
        with open(place, "rb") as file, mmap.mmap(
            file.fileno(), 0, access=mmap.ACCESS_READ
        ) as data:
            return data.find(b"PyInit_" + parts[-1].encode() + b"\0") >= 0
    except (OSError, ValueError):
        return False


def mapped(file: BinaryIO) -> mmap.mmap:
    """Return the content of a file, without reading it as a whole."""
    return mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
