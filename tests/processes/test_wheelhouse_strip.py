"""Built wheels are the same each time: debugging information names the folder of a build."""

from __future__ import annotations

import csv
import io
import shutil
import subprocess
import zipfile
from pathlib import Path

import pytest

from buildfix.machines.local import LocalMachine
from buildfix.wheelhouse.strip import strip_modules

pytestmark = pytest.mark.skipif(
    not (shutil.which("gcc") and shutil.which("strip")), reason="needs gcc and strip"
)
MODULE, LISTING = "demo/_demo.so", "demo-1.0.dist-info/RECORD"


def wheel_built_in(folder: Path) -> Path:
    folder.mkdir()
    (folder / "demo.c").write_text("int demo(int one) { return one + 1; }\n")
    argv = ["gcc", "-g", "-shared", "-fPIC", "-Wl,--build-id", "-o", "demo.so", "demo.c"]
    subprocess.run(argv, cwd=folder, check=True)
    wheel = folder / "demo-1.0-cp313-cp313-linux_x86_64.whl"
    with zipfile.ZipFile(wheel, "w", zipfile.ZIP_DEFLATED) as archive:
        contents = {
            MODULE: (folder / "demo.so").read_bytes(),
            "demo/data.so": b"no module",
            LISTING: f"{MODULE},sha256=x,1\ndemo/data.so,sha256=y,9\n{LISTING},,\n".encode(),
        }
        for name, content in contents.items():
            archive.writestr(zipfile.ZipInfo(name, (2024, 1, 1, 0, 0, 0)), content)
    return wheel


def test_a_wheel_does_not_depend_on_the_folder_of_its_build(tmp_path: Path) -> None:
    one, other = wheel_built_in(tmp_path / "one"), wheel_built_in(tmp_path / "another")
    assert one.read_bytes() != other.read_bytes()
    for wheel in (one, other):
        strip_modules(wheel, LocalMachine())
    assert one.read_bytes() == other.read_bytes()
    with zipfile.ZipFile(one) as archive:
        rows = {row[0]: row for row in csv.reader(io.StringIO(archive.read(LISTING).decode()))}
        content = archive.read(MODULE)
        assert archive.read("demo/data.so") == b"no module"
    assert rows[MODULE][2] == str(len(content))
    assert rows[MODULE][1] != "sha256=x"
    assert rows["demo/data.so"] == ["demo/data.so", "sha256=y", "9"]
    assert b"demo.c" not in content


def test_without_strip_a_wheel_stays_as_it_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    wheel = wheel_built_in(tmp_path / "one")
    before = wheel.read_bytes()
    monkeypatch.setenv("PATH", str(tmp_path))
    strip_modules(wheel, LocalMachine())
    assert wheel.read_bytes() == before
