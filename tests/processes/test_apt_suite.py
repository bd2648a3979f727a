"""The script that looks into backports and enables them, beside programs that stand for apt's."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[2] / "src/buildfix/target_scripts/steps/apt_suite.py"
SUITE = "bookworm-backports"
PROGRAMS = {
    "apt-config": "echo \"FOLDER='{apt}/'\"",
    "apt-get": 'for word do case "$word" in Dir::Etc::SourceParts=*)\n'
    'cat "${{word#*=}}"/suite.* > {apt}/seen;; esac; done',
    "apt-cache": "echo ' libgit2-dev | 1.8.4-3 | https://index.example bookworm-backports/main'\n"
    "echo ' libgit2-dev | 1.7.0-1 | https://index.example bookworm-backports/main'",
}
ONE_LINE = """\
# deb https://old.example/debian bookworm main
deb [signed-by=/k.gpg] https://index.example/debian bookworm main contrib
deb https://security.example bookworm-security main
"""
DEB822 = """\
Types: deb
URIs: https://off.example
Suites: bookworm
Enabled: no

Types: deb deb-src
URIs: https://index.example/debian
Suites: bookworm bookworm-updates
Components: main
Signed-By: /k.gpg
"""
BACKPORTS = {
    "sources.list": "deb [signed-by=/k.gpg] https://index.example/debian bookworm-backports main"
    " contrib\n",
    "sources.list.d/debian.sources": DEB822.partition("\n\n")[2].replace(
        "bookworm bookworm-updates", SUITE
    ),
}


@pytest.fixture
def apt(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give the folder of apt's configuration, with apt's programs on PATH."""
    folder, programs = tmp_path / "apt", tmp_path / "bin"
    (folder / "sources.list.d").mkdir(parents=True)
    programs.mkdir()
    for name, text in PROGRAMS.items():
        (programs / name).write_text(f"#!/bin/sh\n{text.format(apt=folder)}\n")
        (programs / name).chmod(0o755)
    monkeypatch.setenv("PATH", f"{programs}:/usr/bin:/bin")
    return folder


def ran(*words: str) -> subprocess.CompletedProcess[str]:
    argv = [sys.executable, str(SCRIPT), *words]
    return subprocess.run(argv, capture_output=True, text=True, check=False)


@pytest.mark.skipif(sys.platform == "win32", reason="shell scripts stand for apt")
@pytest.mark.parametrize("name", BACKPORTS)
def test_the_suite_comes_from_where_the_release_does(apt: Path, name: str) -> None:
    (apt / name).write_text(ONE_LINE if name == "sources.list" else DEB822)
    told = ran("versions", SUITE, "libgit2-dev")
    assert json.loads(told.stdout) == {"libgit2-dev": "1.8.4-3"}
    assert (apt / "seen").read_text() == BACKPORTS[name]
    suffix = Path(name).suffix
    assert ran("enable", SUITE).returncode == 0
    made = apt / f"sources.list.d/buildfix-{SUITE}{suffix}"
    assert made.read_text() == BACKPORTS[name]


@pytest.mark.skipif(sys.platform == "win32", reason="shell scripts stand for apt")
def test_enabled_suite_is_left_unchanged_and_impossible_one_is_reported(apt: Path) -> None:
    failed = ran("enable", SUITE)
    assert (failed.returncode, failed.stderr.strip()) == (1, "no apt source provides bookworm")
    assert json.loads(ran("versions", SUITE, "libgit2-dev").stdout) == {}
    (apt / "sources.list").write_text(ONE_LINE + BACKPORTS["sources.list"])
    assert ran("enable", SUITE).returncode == 0
    assert list((apt / "sources.list.d").iterdir()) == []
