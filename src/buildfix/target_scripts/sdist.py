"""What an sdist requires, read from its text files.

Time and memory are limited; nothing is run and nothing is unpacked to disk.
"""

from __future__ import annotations

import contextlib
import os
import re
import tarfile
import time
import zipfile
from collections.abc import Mapping
from importlib import import_module
from typing import Any, Dict

from buildfix.index.metadata import read_sdist
from buildfix.target_scripts.archive_limits import Member, most_unpacked

Texts = Dict[str, str]
"""The text files of an archive that matter, by name without folder."""

SECONDS = 5
"""CPU time for the members of one archive."""
DOTS = 20_000_000
WANTED = re.compile(
    r"[^/]+/(?:(?P<top>pyproject\.toml|PKG-INFO|setup\.(?:py|cfg))"
    r"|(?:src/)?[^/]+\.egg-info/requires\.txt)"
)


def sdist_texts(path: str) -> Texts:
    """Return the text files of an sdist that say what it requires, as far as readable."""
    texts: Texts = {}
    with contextlib.suppress(Exception):  # buildfix itself reads it too, and reports it
        if path.endswith(".zip"):
            read_zip(path, texts)
        else:
            read_tar(path, most_unpacked(os.path.getsize(path)), texts)
    return texts


def read_zip(path: str, texts: Texts) -> None:
    """Add the text files of a zip file."""
    with zipfile.ZipFile(path) as archive:
        for name in filter(WANTED.fullmatch, archive.namelist()):
            with archive.open(name) as text:
                keep(texts, name, text.read(2_000_000))


def keep(texts: Texts, name: str, data: bytes) -> None:
    """Add a text file."""
    texts[name.rsplit("/", 1)[1]] = data.decode("utf-8", "replace")


def enough(texts: Texts) -> bool:
    """Return whether enough of an archive has been read."""
    if "PKG-INFO" not in texts or "pyproject.toml" not in texts:
        return False
    return "requires.txt" in texts or bool(read_sdist(texts, project_table(texts)).requires)


def read_tar(path: str, most: int, texts: Texts) -> None:
    """Add the text files of a tar file, reading at most this many unpacked bytes."""
    with tarfile.open(path, tarinfo=Member) as archive:
        ends = time.process_time() + SECONDS
        for member in archive:
            most -= member.size
            if most < 0 or time.process_time() > ends:  # a bomb is not unpacked
                break
            if member.isfile() and member.size < 2_000_000 and WANTED.fullmatch(member.name):
                file = archive.extractfile(member)
                keep(texts, member.name, file.read() if file else b"")
                if enough(texts):
                    break


def toml_reader() -> Any:
    """Return a module that reads TOML: Python's (3.11 on) or pip's; None if there is none."""
    for name in ("tomllib", "pip._vendor.tomli"):
        with contextlib.suppress(ImportError):
            return import_module(name)
    return None


def tables(texts: Mapping[str, str]) -> dict[str, Any]:
    """Return the tables of an sdist's pyproject.toml; empty if it cannot be read."""
    text, reader = texts.get("pyproject.toml", ""), toml_reader()
    if reader is None or is_costly(text):
        return {}
    try:
        found: dict[str, Any] = reader.loads(text)
    except (ValueError, LookupError, TypeError, RecursionError):
        return {}
    return found


def project_table(texts: Mapping[str, str]) -> dict[str, Any]:
    """Return the table `project` of pyproject.toml (PEP 621)."""
    found = tables(texts).get("project", {})
    return found if isinstance(found, dict) else {}


def is_costly(text: str) -> bool:
    """Return whether a TOML text has keys with so many parts that tomllib needs gigabytes.

    A key of n parts takes n * n steps and as much memory: 20,000 parts take 1.5 GB.
    """
    return sum(line.count(".") ** 2 for line in text.splitlines()) > DOTS


def build_requires(texts: Mapping[str, str]) -> list[str]:
    """Return build-system.requires (PEP 518); only setuptools if there is none."""
    try:
        requires = tables(texts)["build-system"]["requires"]
    except (LookupError, TypeError):
        return ["setuptools"]
    return [one for one in requires if isinstance(one, str)]
