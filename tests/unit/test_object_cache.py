"""`--cache`: what the programs that keep objects are told, and when they are left alone."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import typer

from buildfix.catalog import Knowledge
from buildfix.cli.options import cache_of
from buildfix.core import Request
from buildfix.engine import object_cache
from buildfix.engine.object_cache import object_caches
from buildfix.machines.local import LocalMachine
from buildfix.wheelhouse import unit as units
from buildfix.wheelhouse.target import Distribution
from buildfix.wheelhouse.unit import AUTO, Unit
from tests.unit.test_wheelhouse_units import target_of

pytestmark = pytest.mark.skipif(os.name != "posix", reason="compilers are linked to")
COMPILERS = ("cc", "gcc", "x86_64-linux-gnu-g++-14", "clang")
OTHERS = ("gcc-ar", "nvcc", "python3", "clang-format")
ONE = Distribution("demo", "1.0", False, "demo-1.0.tar.gz")


class Bin:
    """A machine with some programs; what is run by sccache is noted in a file."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.noted = folder / "noted"
        for name in (*COMPILERS, *OTHERS, "ccache", "sccache"):
            self.add(name)

    def add(self, name: str) -> None:
        path = self.folder / name
        path.write_text(f'#!/bin/sh\necho "$SCCACHE_SERVER_PORT" "$@" >> {self.noted}\n')
        path.chmod(0o755)

    def session(self, cache: str | None, **environ: str) -> Any:
        environ = {"PATH": str(self.folder), **environ}
        return SimpleNamespace(
            knowledge=Knowledge(),
            request=Request(cache=cache),
            local=True,
            interpreter=SimpleNamespace(path="/usr/bin/python3"),
            machine=LocalMachine(environ),
            environ=environ,
            files=self.folder / "files",
        )


@pytest.fixture
def bin_(tmp_path: Path) -> Bin:
    (tmp_path / "bin").mkdir()
    return Bin(tmp_path / "bin")


@pytest.fixture(autouse=True)
def no_owner(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(object_cache, "owner_of", lambda _: None)
    yield


def test_ccache_stands_in_for_the_compilers_that_are_there(bin_: Bin, tmp_path: Path) -> None:
    session = bin_.session(str(tmp_path / "c"))
    with object_caches(session, (("TMPDIR", "/t"), ("PATH", "/more"))) as given:
        told = dict(given)
    links, rest = told["PATH"].split(os.pathsep)
    assert rest == "/more"
    assert sorted(one.name for one in Path(links).iterdir()) == sorted(COMPILERS)
    assert {one.readlink() for one in Path(links).iterdir()} == {bin_.folder / "ccache"}
    assert Path(told["CCACHE_DIR"]).parent == tmp_path / "c/ccache"
    assert told["CCACHE_BASEDIR"] == "/t"
    assert told["CCACHE_NODIRECT"] == "1"
    bin_.add("c++")
    with object_caches(session, ()) as given:
        again = dict(given)["PATH"].split(os.pathsep)[0]
    assert Path(again, "c++").is_symlink()


def test_the_server_of_sccache_is_the_run_s_own_and_ends_with_the_build(
    bin_: Bin, tmp_path: Path
) -> None:
    with object_caches(bin_.session(str(tmp_path / "c")), ()) as given:
        told = dict(given)
        assert not bin_.noted.exists()
    assert told["RUSTC_WRAPPER"] == str(bin_.folder / "sccache")
    assert bin_.noted.read_text() == f"{told['SCCACHE_SERVER_PORT']} --stop-server\n"


def test_builds_at_once_have_one_server_for_a_folder(bin_: Bin, tmp_path: Path) -> None:
    session = bin_.session(str(tmp_path / "c"))
    with object_caches(session, ()) as first, object_caches(session, ()) as second:
        assert "RUSTC_WRAPPER" in dict(first)
        assert "RUSTC_WRAPPER" not in dict(second)
        assert "CCACHE_DIR" in dict(second)
    with object_caches(session, ()) as third:
        assert "RUSTC_WRAPPER" in dict(third)


def test_each_kind_of_processor_has_its_own_objects(
    bin_: Bin, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folders = []
    for text in ("flags : avx\ncpu MHz : 1", "flags : avx\ncpu MHz : 2", "flags : avx512f"):
        (tmp_path / "cpuinfo").write_text(text)
        monkeypatch.setattr(object_cache, "_CPUS", tmp_path / "cpuinfo")
        with object_caches(bin_.session(str(tmp_path / "c")), ()) as given:
            folders.append(dict(given)["CCACHE_DIR"])
    assert folders[0] == folders[1] != folders[2]


def test_only_this_user_can_write_objects(
    bin_: Bin, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    session, before = bin_.session(str(tmp_path / "c")), os.umask(0)
    try:
        with object_caches(session, ()) as given:
            folder = Path(dict(given)["CCACHE_DIR"])
    finally:
        os.umask(before)
    assert folder.stat().st_mode & 0o077 == 0
    folder.chmod(0o777)
    with object_caches(session, ()) as given:
        assert "CCACHE_DIR" not in dict(given)
    folder.chmod(0o700)
    monkeypatch.setattr(os, "geteuid", lambda: 4321)
    with object_caches(session, ()) as given:
        assert given == ()


@pytest.mark.parametrize(
    ("cache", "environ", "missing"),
    [
        (None, {}, {"CCACHE_DIR", "RUSTC_WRAPPER"}),
        ("c", {"CCACHE_DIR": "/mine"}, {"CCACHE_DIR", "PATH"}),
        ("c", {"CCACHE_COMPILERCHECK": "none"}, {"CCACHE_DIR", "PATH"}),
        ("c", {"RUSTC_WRAPPER": ""}, {"RUSTC_WRAPPER", "SCCACHE_DIR"}),
    ],
)
def test_what_the_user_set_is_left_alone(
    bin_: Bin, tmp_path: Path, cache: str | None, environ: dict[str, str], missing: set[str]
) -> None:
    folder = cache and str(tmp_path / cache)
    with object_caches(bin_.session(folder, **environ), ()) as given:
        assert missing.isdisjoint(dict(given))


def test_nothing_is_given_where_a_program_or_the_folder_is_missing(
    bin_: Bin, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("")
    with object_caches(bin_.session(str(tmp_path / "file")), ()) as given:
        assert given == ()
    for name in ("ccache", "sccache"):
        (bin_.folder / name).unlink()
    with object_caches(bin_.session(str(tmp_path / "c")), ()) as given:
        assert given == ()
    assert not (tmp_path / "c").exists()


def test_another_user_builds_without_a_cache(
    bin_: Bin, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(object_cache, "owner_of", lambda _: object())
    with object_caches(bin_.session(str(tmp_path / "c")), ()) as given:
        assert given == ()


def test_the_option_names_a_folder_or_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert [cache_of(one) for one in ("auto", "off", "c")] == [AUTO, None, str(tmp_path / "c")]


@pytest.mark.parametrize(
    ("copied", "cache", "order", "shared"),
    [
        (True, "{0}/c", "/.buildfix-objects", "{0}/c/demo"),
        (True, AUTO, "/.buildfix-objects", "{0}/own/demo"),
        (False, "/c", "/c/demo", None),
        (False, AUTO, AUTO, None),
        (True, None, None, None),
        (True, "{0}/file", None, None),
    ],
)
def test_each_project_of_a_wheelhouse_has_its_own_folder(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    copied: bool,
    cache: str | None,
    order: str | None,
    shared: str | None,
) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setattr(units, "objects_folder", lambda: tmp_path / "own")
    one = Unit(target_of(ONE), ONE, 1, copied, cache and cache.format(tmp_path))
    place = (Path(shared.format(tmp_path)), ".buildfix-objects") if shared else None
    assert units._cache_of(one) == (order, place)
    assert place is None or place[0].is_dir()


def test_a_file_is_no_cache(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.touch()
    with pytest.raises(typer.BadParameter, match="is not a folder"):
        cache_of(str(file))
    assert cache_of(str(tmp_path / "new")) == str(tmp_path / "new")
