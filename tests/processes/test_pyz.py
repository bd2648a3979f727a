"""`buildfix.pyz`, one file with all that buildfix needs (`src/build_pyz.py`)."""

from __future__ import annotations

import os
import re
import runpy
import shutil
import subprocess
import sys
import zipfile
from importlib.metadata import requires
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

import build_pyz
from buildfix import __version__
from buildfix.machines.there import zipapp_main

COPIES = "buildfix/on/copies"


@pytest.fixture(scope="module")
def wheels(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give the folder with the wheels that are bundled."""
    folder = tmp_path_factory.mktemp("wheels")
    build_pyz.fetch(folder)
    return folder


@pytest.fixture(scope="module")
def pyz(wheels: Path) -> Path:
    """Give the archive."""
    archive = wheels / "buildfix.pyz"
    build_pyz.pack(wheels.glob("*.whl"), archive)
    return archive


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give an empty cache of the user's."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path / "cache"


def run(archive: Path, *words: str, **variables: str) -> subprocess.CompletedProcess[str]:
    argv = [sys.executable, "-I", "-S", str(archive), *words]  # nothing that is installed here
    environ = {**os.environ, **variables}
    return subprocess.run(argv, capture_output=True, text=True, env=environ, timeout=60)


def test_the_lock_has_a_version_of_each_dependency_that_the_project_accepts() -> None:
    pins = re.findall(r"(?m)^(\S+)==(\S+) ", build_pyz.LOCK.read_text(encoding="utf-8"))
    locked = {canonicalize_name(name): version for name, version in pins}
    for requirement in map(Requirement, requires("buildfix") or ()):
        if "extra" in str(requirement.marker):
            continue
        name = canonicalize_name(requirement.name)
        assert requirement.specifier.contains(locked[name]), requirement


def test_each_locked_version_has_a_hash() -> None:
    entries = re.split(r"(?m)^(?=\S)", build_pyz.LOCK.read_text(encoding="utf-8"))
    assert len(entries) > 10
    assert [one for one in entries if one and "--hash=sha256:" not in one] == []


@pytest.mark.slow
def test_the_same_files_make_the_same_bytes(pyz: Path, wheels: Path, tmp_path: Path) -> None:
    copies = [shutil.copy(wheel, tmp_path) for wheel in sorted(wheels.glob("*.whl"), reverse=True)]
    again = tmp_path / "again.pyz"
    umask = os.umask(0o077)
    try:
        build_pyz.pack(map(Path, copies), again)
    finally:
        os.umask(umask)
    assert again.read_bytes() == pyz.read_bytes()


@pytest.mark.slow
def test_it_runs_with_nothing_installed_and_unpacks_once(pyz: Path, cache: Path) -> None:
    for _ in range(2):
        done = run(pyz, "--version")
        assert (done.returncode, done.stdout) == (0, f"buildfix {__version__}\n"), done.stderr
    (copy,) = (cache / COPIES).iterdir()
    assert (copy / "buildfix/recipes/hosts/debian.json").is_file()


@pytest.mark.slow
def test_it_knows_its_recipes_and_runs_its_scripts(pyz: Path, cache: Path, tmp_path: Path) -> None:
    log = tmp_path / "build.log"
    log.write_text("src/a.c:1:10: fatal error: libxml/xpath.h: No such file\n", encoding="utf-8")
    explained = run(pyz, "explain", "--os", "debian:13", str(log))
    assert "libxml2-dev" in explained.stdout, explained.stderr
    examined = run(pyz, "doctor", "--python", sys.executable)
    assert examined.returncode == 0, examined.stderr
    assert cache.is_dir()


@pytest.mark.slow
def test_without_a_cache_it_runs_from_a_folder_that_it_removes(pyz: Path, tmp_path: Path) -> None:
    nowhere = tmp_path / "file"
    nowhere.touch()
    temporary = tmp_path / "tmp"
    temporary.mkdir()
    done = run(pyz, "--version", XDG_CACHE_HOME=str(nowhere), TMPDIR=str(temporary))
    assert (done.returncode, done.stdout) == (0, f"buildfix {__version__}\n"), done.stderr
    assert list(temporary.iterdir()) == []


@pytest.mark.slow
def test_what_is_bundled_is_pure_python_with_its_licenses(pyz: Path) -> None:
    with zipfile.ZipFile(pyz) as packed:
        names = packed.namelist()
    assert [one for one in names if one.endswith((".so", ".pyd", ".dylib", ".pyc"))] == []
    unlicensed = {
        folder.partition("-")[0]
        for folder in {name.split("/")[0] for name in names}
        if folder.endswith(".dist-info")
        and not any(re.match(rf"{folder}/.*(LICEN[CS]E|COPYING)", one, re.I) for one in names)
    }
    assert unlicensed <= {"itanium_demangler"}  # whose wheel has none


def test_a_python_that_is_too_old_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "version_info", (3, 8, 20))
    with pytest.raises(SystemExit) as end:
        zipapp_main.main()
    assert f"Python 3.10 or later is needed; {sys.executable} is 3.8." in str(end.value)


def test_ctrl_c_while_it_unpacks_ends_it_with_one_line(
    cache: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def interrupted(_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("hashlib.sha256", interrupted)
    monkeypatch.setattr(sys, "path", [__file__, *sys.path])
    with pytest.raises(SystemExit) as end:
        runpy.run_path(zipapp_main.__file__, run_name="__main__")
    assert (end.value.code, capsys.readouterr().err) == (130, "buildfix: Stopped by Ctrl-C.\n")
    assert list((cache / COPIES).iterdir()) == []
