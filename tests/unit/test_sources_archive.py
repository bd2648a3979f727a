from __future__ import annotations

import io
import os
import tarfile
import zipfile
from pathlib import Path

import pytest

from buildfix.analysis import SourceUnreadable, archive, open_tree
from buildfix.target_scripts import archive_limits
from tests.unit.sources import read


def make_tar(path: Path, members: dict[str, bytes], mode: str = "w:gz") -> Path:
    with tarfile.open(path, mode) as tar:  # type: ignore[call-overload]
        for name, data in members.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            tar.addfile(info, io.BytesIO(data))
    return path


@pytest.mark.parametrize(
    ("name", "mode"),
    [("p.tar.gz", "w:gz"), ("p.tgz", "w:gz"), ("p.tar.bz2", "w:bz2"), ("p.tar.xz", "w:xz")],
)
def test_an_sdist_is_read_without_its_outer_folder(tmp_path: Path, name: str, mode: str) -> None:
    members = {"p-1/setup.py": b"setup()", "p-1/src/a.c": b"#include <b.h>", "p-1/x.png": b"\x89"}
    tree = open_tree(make_tar(tmp_path / name, members, mode))
    assert set(tree.names()) == {"setup.py", "src/a.c", "x.png"}
    assert tree.text("setup.py") == "setup()"
    assert tree.text("x.png") is None


def test_a_zip_file_is_read_and_its_links_are_left_out(tmp_path: Path) -> None:
    path = tmp_path / "p.zip"
    link = zipfile.ZipInfo("p-1/setup.cfg")
    link.external_attr = 0o120777 << 16
    with zipfile.ZipFile(path, "w") as made:
        made.writestr("p-1/pyproject.toml", "[project]")
        made.writestr(link, "/etc/passwd")
    tree = open_tree(path)
    assert set(tree.names()) == {"pyproject.toml"}


def test_a_folder_is_read_without_its_links(tmp_path: Path) -> None:
    (tmp_path / "src").mkdir()
    (tmp_path / "src" / "a.c").write_text("int a;")
    (tmp_path / ".git").mkdir()
    (tmp_path / ".git" / "config").write_text("x")
    (tmp_path / "outside").symlink_to("/etc")
    (tmp_path / "setup.py").symlink_to("/etc/passwd")
    os.mkfifo(tmp_path / "setup.cfg")
    tree = open_tree(tmp_path)
    assert "src/a.c" in tree.names()
    assert not any(name.startswith((".git/", "outside/")) for name in tree.names())
    assert tree.text("setup.py") is None
    assert tree.text("setup.cfg") is None
    assert tree.text("../../etc/passwd") is None


@pytest.mark.parametrize("name", ["../setup.py", "/setup.py", "p/../../setup.py", "..\\setup.py"])
def test_archive_members_outside_the_tree_are_refused(tmp_path: Path, name: str) -> None:
    tree = open_tree(make_tar(tmp_path / "p.tar.gz", {name: b"x", "p/setup.cfg": b""}))
    assert set(tree.names()) == {"setup.cfg"}


def test_links_and_devices_in_an_archive_are_left_out(tmp_path: Path) -> None:
    path = tmp_path / "p.tar.gz"
    with tarfile.open(path, "w:gz") as tar:
        for name, kind in (("p/setup.py", tarfile.SYMTYPE), ("p/a", tarfile.CHRTYPE)):
            info = tarfile.TarInfo(name)
            info.type, info.linkname = kind, "/etc/passwd"
            tar.addfile(info)
        tar.addfile(tarfile.TarInfo("p/b.c"))
    assert set(open_tree(path).names()) == {"b.c"}


def test_a_long_name_is_read_and_a_huge_header_is_refused(tmp_path: Path) -> None:
    long = "p/" + "d" * 200 + "/setup.py"
    assert len(open_tree(make_tar(tmp_path / "a.tar.gz", {long: b"x"})).names()) == 1
    path = tmp_path / "b.tar"
    info = tarfile.TarInfo("pax")
    info.type, info.size = tarfile.XHDTYPE, 1 << 30
    path.write_bytes(info.tobuf() + b"\0" * 1024)
    with pytest.raises(SourceUnreadable, match=r"b\.tar"):
        open_tree(path)


def test_too_many_members_or_bytes_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = make_tar(tmp_path / "p.tar.gz", {f"p/{n}.c": b"x" * 100 for n in range(20)})
    monkeypatch.setattr(archive, "MAX_MEMBERS", 10)
    with pytest.raises(SourceUnreadable):
        open_tree(path)
    monkeypatch.setattr(archive, "MAX_MEMBERS", 1000)
    monkeypatch.setattr(archive, "MAX_UNPACKED", 1000)
    with pytest.raises(SourceUnreadable):
        open_tree(path)


def test_archive_bomb_is_not_unpacked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    packed = make_tar(tmp_path / "x-1.tar.gz", {"x-1/a.bin": b"\0" * 1_000_000})
    assert open_tree(packed).names() == {"a.bin"}
    monkeypatch.setattr(archive_limits, "SMALL", 1000)
    with pytest.raises(SourceUnreadable, match="larger than a source archive should be"):
        open_tree(packed)


def test_bytes_kept_of_an_archive_are_bounded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(archive, "MAX_KEPT", 250)
    path = make_tar(tmp_path / "p.tar.gz", {f"p/{n}.c": b"x" * 100 for n in range(5)})
    tree = open_tree(path)
    assert len(tree.names()) == 5
    assert sum(len(tree.text(name) or "") for name in tree.names()) == 250


@pytest.mark.parametrize(
    "data", [b"", b"not an archive", b"\x1f\x8b\x08\x00garbage", b"PK\x05\x06"]
)
def test_file_that_is_no_archive_is_an_error_of_one_line(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "p.tar.gz"
    path.write_bytes(data)
    with pytest.raises(SourceUnreadable) as error:
        open_tree(path)
    assert "\n" not in str(error.value)


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(SourceUnreadable):
        open_tree(tmp_path / "none.tar.gz")


@pytest.mark.parametrize(
    ("files", "seconds"),
    [
        ({"a.c": 1_000_000}, 23.0),
        ({"a.c": 1_000_000, "tests/b.c": 9, "a.h": 9}, 23.0),
        ({"a.pyx": 1_000_000}, 150.0),
        ({"a.pyx": 100_000, "a.c": 1_000_000}, 6.0),
        ({"a.py": 1_000_000}, 0.0),
    ],
)
def test_amount_of_source_says_about_how_long_it_compiles(
    files: dict[str, int], seconds: float
) -> None:
    texts = {name: " " * size for name, size in files.items()}
    assert read(texts).compile_seconds == pytest.approx(seconds, rel=0.01)
