"""Real builds at once in a virtual environment, from an index on loopback."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.real.indexes import Index, make_venv, run_buildfix, serving

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not shutil.which("gcc"), reason="there is no gcc here"),
]
BACKEND = """
import os, pathlib, subprocess, sys, sysconfig, time, zipfile
NAME, VERSION, WAITS, PLACE = {name!r}, "1.0", {waits!r}, {place!r}
def get_requires_for_build_wheel(config_settings=None):
    return []
def prepare_metadata_for_build_wheel(metadata_directory, config_settings=None):
    info = pathlib.Path(metadata_directory, NAME + "-" + VERSION + ".dist-info")
    info.mkdir()
    meta = ("Metadata-Version: 2.1", "Name: " + NAME, "Version: 1.0", "")
    (info / "METADATA").write_text("\\n".join(meta))
    return info.name
def build_wheel(wheel_directory, config_settings=None, metadata_directory=None):
    folder = pathlib.Path(PLACE)
    with (folder / (NAME + ".built")).open("a") as file:
        print(os.getpid(), file=file)
    end = time.monotonic() + 20
    while WAITS and not (folder / (WAITS + ".built")).exists() and time.monotonic() < end:
        time.sleep(0.05)
    include = "-I" + sysconfig.get_paths()["include"]
    module = NAME + sysconfig.get_config_var("EXT_SUFFIX")
    subprocess.run(["gcc", "-shared", "-fPIC", include, NAME + ".c", "-o", module], check=True)
    info, tag = NAME + "-" + VERSION + ".dist-info", "cp{{}}{{}}".format(*sys.version_info)
    file = "-".join((NAME, VERSION, tag, tag, "linux_x86_64")) + ".whl"
    with zipfile.ZipFile(os.path.join(wheel_directory, file), "w") as archive:
        archive.write(module)
        meta = ("Metadata-Version: 2.1", "Name: " + NAME, "Version: 1.0", "")
        archive.writestr(info + "/METADATA", "\\n".join(meta))
        tags = "Tag: " + "-".join((tag, tag, "linux_x86_64"))
        kind = ("Wheel-Version: 1.0", "Root-Is-Purelib: false", tags, "")
        archive.writestr(info + "/WHEEL", "\\n".join(kind))
        archive.writestr(info + "/RECORD", "")
    return file
"""
MODULE = """
#include <Python.h>
static struct PyModuleDef module = {PyModuleDef_HEAD_INIT, "NAME", 0, -1, 0};
PyMODINIT_FUNC PyInit_NAME(void) { return PyModule_Create(&module); }
"""


def source(name: str, place: Path, waits: str = "", text: str = MODULE) -> Mapping[str, str]:
    """Return a project with a C extension, whose build waits until another one's has begun."""
    return {
        "pyproject.toml": (
            '[build-system]\nrequires = []\nbuild-backend = "own"\nbackend-path = ["."]\n'
            f'[project]\nname = "{name}"\nversion = "1.0"\n'
        ),
        "PKG-INFO": f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n",
        "own.py": BACKEND.format(name=name, waits=waits, place=str(place)),
        f"{name}.c": text.replace("NAME", name),
    }


@pytest.fixture
def index(tmp_path: Path) -> Iterator[Index]:
    with serving(Index(tmp_path / "index", (), only=frozenset())) as served:
        yield served


def run(index: Index, folder: Path, python: str, *words: str) -> tuple[int, dict[str, Any]]:
    """Run buildfix with two cores; return its exit code and report."""
    environ = {"PIP_INDEX_URL": index.url, "XDG_STATE_HOME": str(folder / "state")}
    common = ("-y", "--json", "--jobs", "2", "--python", python)
    done = run_buildfix((*common, *words), folder, environ)
    return done.returncode, json.loads(done.stdout)


def builds(folder: Path, name: str) -> int:
    """Return how often a project was built."""
    file = folder / f"{name}.built"
    return len(file.read_text(encoding="utf-8").splitlines()) if file.exists() else 0


def installed(python: str) -> str:
    argv = [python, "-m", "pip", "list", "--format=json", "--disable-pip-version-check"]
    found = json.loads(subprocess.run(argv, capture_output=True, check=True, text=True).stdout)
    return " ".join(f"{one['name']}=={one['version']}" for one in found if one["name"] != "pip")


def test_two_builds_meet_and_both_modules_are_imported(index: Index, tmp_path: Path) -> None:
    python = make_venv(tmp_path / "v")
    index.add("first", source("first", tmp_path, waits="second"))
    index.add("second", source("second", tmp_path, waits="first"))
    code, report = run(index, tmp_path, python, "--from-source", "first", "second")
    assert (code, report["outcome"]) == (0, "installed")
    assert sorted(report["verified"]["modules"]) == ["first", "second"]
    assert [one["returncode"] for one in report["attempts"]] == [0]
    assert (builds(tmp_path, "first"), builds(tmp_path, "second")) == (1, 1)
    ended = [one for one in report["journal"] if one["record"] == "build-finished"]
    assert sorted(one["project"] for one in ended) == ["first", "second"]


def test_one_failure_keeps_what_the_other_built(index: Index, tmp_path: Path) -> None:
    python = make_venv(tmp_path / "v")
    index.add("good", source("good", tmp_path, waits="bad"))
    index.add("bad", source("bad", tmp_path, text="#error not today\n"))
    words = ("--from-source", "good", "bad", "--wheelhouse", "wheels")
    code, report = run(index, tmp_path, python, *words)
    assert (code, report["outcome"]) == (1, "unfixed")
    assert "bad==1.0" in report["attempts"][0]["argv"]
    assert "not today" in report["attempts"][0]["diagnosis"]["cause"]["text"]
    assert builds(tmp_path, "good") == 1
    assert [one.name[:8] for one in (tmp_path / "wheels").glob("*.whl")] == ["good-1.0"]
    assert installed(python) == ""


@pytest.mark.parametrize("mode", ["plain", "hashes", "wheelhouse", "folder"])
def test_the_result_is_that_of_plain_pip(index: Index, tmp_path: Path, mode: str) -> None:
    import hashlib

    for name in ("first", "second"):
        index.add(name, source(name, tmp_path))
    words: tuple[str, ...] = ("first", "second")
    if mode == "hashes":
        sums = [
            f"{name}==1.0 --hash=sha256:"
            + hashlib.sha256((index.folder / f"{name}-1.0.tar.gz").read_bytes()).hexdigest()
            for name in words
        ]
        (tmp_path / "r.txt").write_text("\n".join(sums) + "\n", encoding="utf-8")
        words = ("-r", "r.txt")
    elif mode == "wheelhouse":
        words = (*words, "--wheelhouse", "wheels")
    elif mode == "folder":
        folder = tmp_path / "third"
        folder.mkdir()
        for name, text in source("third", tmp_path).items():
            (folder / name).write_text(text, encoding="utf-8")
        words = (*words, "./third")
    python, other = make_venv(tmp_path / "v"), make_venv(tmp_path / "w")
    code, report = run(index, tmp_path, python, *words)
    assert (code, report["outcome"]) == (0, "installed"), report["reason"]
    assert (builds(tmp_path, "first"), builds(tmp_path, "second")) == (1, 1)
    plain = [one for one in words if one not in ("--wheelhouse", "wheels")]
    argv = [other, "-m", "pip", "install", "--no-cache-dir", "-i", index.url, *plain]
    subprocess.run(argv, check=True, capture_output=True, cwd=tmp_path)
    assert installed(python) == installed(other)
