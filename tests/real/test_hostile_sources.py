"""Hostile sources end within the budget: read, or honestly not understood."""

from __future__ import annotations

import io
import multiprocessing
import resource
import tarfile
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from buildfix.analysis import SourceUnreadable, Surroundings, read_apart
from buildfix.analysis.reader_process import MEMORY, OPEN_SECONDS, READ_SECONDS
from buildfix.catalog import Knowledge
from tests.real.hostile import hostile_sources

HERE = Surroundings("linux", "x86_64", "glibc", "3.13.5")
KNOWLEDGE = Knowledge()
START = 1.5
"""Seconds of the processor for the start of a Python and the recipes, on a busy machine."""
SOURCES = hostile_sources()


Read = Callable[[Path], tuple[str, float]]
"""Reads a source; returns why it was not understood, and the seconds that its reader took."""


def measured(path: Path) -> tuple[str, float, int]:
    """Read a source; return why it was not understood, seconds, and its reader's peak in bytes.

    The peak is that of all children of this process, so it is for a process of its own.
    """
    why = ""
    try:
        assert read_apart(path, HERE, KNOWLEDGE).needs is not None
    except SourceUnreadable as error:
        why = str(error)
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return why, used.ru_utime + used.ru_stime, used.ru_maxrss << 10


@pytest.fixture(scope="module")
def read() -> Iterator[Read]:
    """Give the reading, each in a fork of a small process: Linux counts the forker's memory."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([__name__])
    with context.Pool(1, maxtasksperchild=1) as pool:

        def reading(path: Path) -> tuple[str, float]:
            why, seconds, peak = pool.apply(measured, (path,))
            assert peak < MEMORY + (80 << 20)
            return why, seconds

        yield reading


@pytest.mark.slow
@pytest.mark.parametrize("name", SOURCES)
def test_no_source_costs_more_than_the_budget(name: str, tmp_path: Path, read: Read) -> None:
    folder = tmp_path / name
    folder.mkdir()
    for file, text in SOURCES[name].items():
        (folder / file).write_text(text)
    why, seconds = read(folder)
    assert not why or why.startswith(f"Cannot analyze {name}: "), why
    assert "ended with" not in why or "setup-" in name or "toml-" in name, why
    assert seconds < 2 * (READ_SECONDS + START)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["many.tar.gz", "many.zip"])
def test_two_hundred_thousand_members_take_no_longer(name: str, tmp_path: Path, read: Read) -> None:
    path = tmp_path / name
    members = [f"p/{number % 97}/{number}.c" for number in range(199_999)]
    if name.endswith("zip"):
        with zipfile.ZipFile(path, "w") as packed:
            for member in members:
                packed.writestr(member, "x\n")
    else:
        with tarfile.open(path, "w:gz", compresslevel=1) as archive:
            for member in members:
                info = tarfile.TarInfo(member)
                info.size = 2
                archive.addfile(info, io.BytesIO(b"x\n"))
    why, seconds = read(path)
    assert seconds < 2 * (OPEN_SECONDS + START)
    assert not why or "more than" in why
