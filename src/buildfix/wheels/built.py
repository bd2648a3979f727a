"""A wheel that was built here: what is written down of it, and where else it runs."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path, PurePosixPath
from typing import Any, cast

from packaging.tags import Tag
from packaging.utils import InvalidWheelFilename, parse_wheel_filename
from packaging.version import InvalidVersion, Version

from buildfix.core import Host

SCHEMA = "buildfix.wheel/1"


@dataclass(frozen=True)
class Record:
    """How a wheel was built, as the file beside it says."""

    project: str
    version: str
    wheel: str
    requirement: str
    """What was asked for when it was built."""
    sdist: str | None
    """Where its source came from, credentials taken out; None where that is not known."""
    python: str
    tags: tuple[str, ...]
    platform: dict[str, str]
    """system, id, version, arch and libc of the machine, as a host description has them."""
    needs: tuple[str, ...]
    """The shared libraries that it asks for and does not bring (ELF's DT_NEEDED)."""
    steps: tuple[str, ...]
    """What was done to the machine before it could be built."""
    packages: tuple[str, ...]
    date: str
    """When, in UTC, as ISO 8601 writes it."""
    buildfix: str


def platform_facts(host: Host) -> dict[str, str]:
    """Return what of a machine decides whether a wheel that was built on it runs elsewhere."""
    names = ("system", "id", "version", "arch", "libc")
    return {name: getattr(host, name) for name in names}


def record_path(wheel: Path) -> Path:
    """Return where the record of a wheel is: beside it."""
    return wheel.with_name(f"{wheel.name}.json")


def write_record(record: Record, wheel: Path) -> None:
    """Write a record beside its wheel."""
    text = json.dumps({"schema": SCHEMA, **asdict(record)}, indent=2)
    record_path(wheel).write_text(text + "\n", encoding="utf-8")


def read_record(wheel: Path) -> Record | None:
    """Return the record of a wheel, None where there is none that can be read."""
    try:
        facts: dict[str, Any] = json.loads(record_path(wheel).read_text(encoding="utf-8"))
        if facts.pop("schema") != SCHEMA:
            return None
        frozen = {k: tuple(one) if isinstance(one, list) else one for k, one in facts.items()}
        return Record(**cast("dict[str, Any]", frozen))
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None


def wheel_facts(filename: str) -> tuple[str, Version, frozenset[Tag]] | None:
    """Return project, version and tags of a wheel by its name; None where it is no wheel's."""
    try:
        name, version, _, tags = parse_wheel_filename(filename)
    except (InvalidWheelFilename, InvalidVersion):
        return None
    return name, version, tags


def fits(filename: str, record: Record | None, taken: Iterable[Tag], host: Host) -> bool:
    """Say whether a wheel runs on a host whose interpreter takes these tags.

    A tag such as `linux_x86_64` promises nothing of the libraries outside the wheel: it holds for
    the release of the distribution that the wheel was built on, and a C library no older.
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
    if not here["libc"]:  # a stock host: its release stands for its C library
        return same
    return same and _libc(built.get("libc", "")) <= _libc(here["libc"])


def needed_libraries(wheel: Path) -> tuple[str, ...]:
    """Return the shared libraries that a wheel's modules ask for and it does not bring itself.

    Empty for what is no ELF: macOS and Windows say in their tags what a wheel needs of them.
    """
    from buildfix.platforms.elf import links_in  # only now: most runs keep no wheel

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
    """Return name and version of a C library such as `glibc 2.41`."""
    name, _, version = text.partition(" ")
    return name, tuple(int(part) for part in version.split(".") if part.isdigit())
