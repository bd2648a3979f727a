"""What an sdist requires, read from its texts alone.

What an archive may cost is limited; nothing is run, and no member is written anywhere.
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

Texts = Dict[str, str]
"""The texts of an archive that tell, by their names without folders."""

SMALL, RATIO = 64 << 20, 100
"""What an archive may hold unpacked, as buildfix's own reader has it."""
SECONDS = 5
"""Of the processor, for the members of one archive."""
DOTS = 20_000_000
WANTED = re.compile(
    r"[^/]+/(?:(?P<top>pyproject\.toml|PKG-INFO)|(?:src/)?[^/]+\.egg-info/requires\.txt)"
)


def sdist_texts(path: str) -> Texts:
    """Return the texts of an sdist that say what it requires, as far as it can be read."""
    texts: Texts = {}
    with contextlib.suppress(Exception):  # buildfix reads it too, and says so there
        if path.endswith(".zip"):
            read_zip(path, texts)
        else:
            read_tar(path, SMALL + RATIO * os.path.getsize(path), texts)
    return texts


def read_zip(path: str, texts: Texts) -> None:
    """Add the texts of a zip file."""
    with zipfile.ZipFile(path) as archive:
        for name in filter(WANTED.fullmatch, archive.namelist()):
            with archive.open(name) as text:
                keep(texts, name, text.read(2_000_000))


def keep(texts: Texts, name: str, data: bytes) -> None:
    """Add a text."""
    texts[name.rsplit("/", 1)[1]] = data.decode("utf-8", "replace")


def enough(texts: Texts) -> bool:
    """Say whether nothing more has to be looked for in an archive."""
    if "PKG-INFO" not in texts or "pyproject.toml" not in texts:
        return False
    return "requires.txt" in texts or bool(read_sdist(texts, project_table(texts)).requires)


class Member(tarfile.TarInfo):
    """A header that is refused before tarfile would read a huge extension of it into memory."""

    @classmethod
    def frombuf(cls, buf: bytes | bytearray, encoding: str, errors: str) -> Member:
        """Return the header in a block; raises ReadError."""
        member = super().frombuf(buf, encoding, errors)
        if member.size > 1_000_000 and member.type in (b"x", b"g", b"X", b"L", b"K"):
            raise tarfile.ReadError("one of its headers is too large")
        return member


def read_tar(path: str, most: int, texts: Texts) -> None:
    """Add the texts of a tar file, of which so many unpacked bytes are read at most."""
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
    """Return what reads TOML: Python's own from 3.11 on, else pip's, None where it has none."""
    for name in ("tomllib", "pip._vendor.tomli"):
        with contextlib.suppress(ImportError):
            return import_module(name)
    return None


def tables(texts: Mapping[str, str]) -> dict[str, Any]:
    """Return the pyproject.toml of an sdist as tables, none where it cannot be read."""
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
    """Say whether a TOML text has keys of so many parts that tomllib takes gigabytes for them.

    A key of n parts takes n * n steps and as much memory: 20,000 parts take 1.5 GB.
    """
    return sum(line.count(".") ** 2 for line in text.splitlines()) > DOTS


def build_requires(texts: Mapping[str, str]) -> list[str]:
    """Return build-system.requires (PEP 518), setuptools alone where there is none."""
    try:
        requires = tables(texts)["build-system"]["requires"]
    except (LookupError, TypeError):
        return ["setuptools"]
    return [one for one in requires if isinstance(one, str)]
