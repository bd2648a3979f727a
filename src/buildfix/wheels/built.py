"""A wheel that was built here: its record, and where else it can be used."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Iterable
from dataclasses import asdict, field
from pathlib import Path, PurePosixPath
from typing import Any, cast

from packaging.tags import Tag
from packaging.utils import InvalidWheelFilename, parse_wheel_filename
from packaging.version import InvalidVersion, Version

from buildfix.core import Host
from buildfix.core.light_dataclass import dataclass

SCHEMA = "buildfix.wheel/1"


@dataclass(frozen=True)
class Record:
    """How a wheel was built; stored in a file next to the wheel."""

    project: str
    version: str
    wheel: str
    requirement: str
    """The requirement that it was built for."""
    sdist: str | None
    """The URL of its source, without credentials; None if unknown."""
    python: str
    tags: tuple[str, ...]
    platform: dict[str, str]
    """system, id, version, arch and libc of the machine, as in a host description."""
    needs: tuple[str, ...]
    """The shared libraries that it needs but does not contain (ELF's DT_NEEDED)."""
    steps: tuple[str, ...]
    """What was done on the machine before the build."""
    packages: tuple[str, ...]
    date: str
    """When it was built: UTC, ISO 8601."""
    buildfix: str
    linked: dict[str, str] = field(default_factory=dict)
    """The system's package for each of the libraries in `needs`, with its version, if known."""


def platform_facts(host: Host) -> dict[str, str]:
    """Return the facts that decide where a wheel built on this machine can be used."""
    names = ("system", "id", "version", "arch", "libc")
    return {name: getattr(host, name) for name in names}


def record_path(wheel: Path) -> Path:
    """Return the path of a wheel's record, which is next to the wheel."""
    return wheel.with_name(f"{wheel.name}.json")


def write_record(record: Record, wheel: Path) -> None:
    """Write a record next to its wheel."""
    text = json.dumps({"schema": SCHEMA, **asdict(record)}, indent=2)
    record_path(wheel).write_text(text + "\n", encoding="utf-8")


def read_record(wheel: Path) -> Record | None:
    """Return the record of a wheel, or None if there is none or it is unreadable."""
    try:
        facts: dict[str, Any] = json.loads(record_path(wheel).read_text(encoding="utf-8"))
        if facts.pop("schema") != SCHEMA:
            return None
        frozen = {k: tuple(one) if isinstance(one, list) else one for k, one in facts.items()}
        return Record(**cast("dict[str, Any]", frozen))
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None


def wheel_facts(filename: str) -> tuple[str, Version, frozenset[Tag]] | None:
    """Return project, version and tags from a wheel's file name; None if it is not a wheel."""
    try:
        name, version, _, tags = parse_wheel_filename(filename)
    except (InvalidWheelFilename, InvalidVersion):
        return None
    return name, version, tags


def fits(filename: str, record: Record | None, taken: Iterable[Tag], host: Host) -> bool:
    """Return whether a wheel runs on a host whose interpreter accepts these tags.

    A tag such as `linux_x86_64` says nothing about libraries outside of the wheel: such a wheel is
    only valid for the distribution release that it was built on, with a C library at least as new.
    """
    facts = wheel_facts(filename)
    matched = facts[2] & frozenset(taken) if facts else frozenset()
    if not matched:
        return False
    if any(not tag.platform.startswith("linux_") for tag in matched):
        return True
    if record is None:
        return False
    built, here = record.platform, platform_facts(host)
    same = all(built.get(name) == here[name] for name in ("system", "id", "version", "arch"))
    if not here["libc"]:  # a stock host: the release implies its C library
        return same
    return same and _libc(built.get("libc", "")) <= _libc(here["libc"])


def needed_libraries(wheel: Path) -> tuple[str, ...]:
    """Return the shared libraries that a wheel's modules need and the wheel does not contain.

    Empty for wheels that are not ELF: on macOS and Windows the tags say what a wheel needs.
    """
    from buildfix.platforms.elf import links_in  # most runs do not keep wheels

    needed: set[str] = set()
    brought: set[str] = set()
    with zipfile.ZipFile(wheel) as archive:
        for entry in archive.infolist():
            if ".so" not in PurePosixPath(entry.filename).suffixes:
                continue
            brought.add(PurePosixPath(entry.filename).name)
            links = links_in(io.BytesIO(archive.read(entry)))
            needed.update(links.needed if links else ())
    return tuple(sorted(needed - brought))


def _libc(text: str) -> tuple[str, tuple[int, ...]]:
    """Return the name and version of a C library such as `glibc 2.41`."""
    name, _, version = text.partition(" ")
    return name, tuple(int(part) for part in version.split(".") if part.isdigit())
