"""A current folder full of modules that nothing may import, and interpreters to try it with."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from buildfix.machines.local import LocalMachine
from buildfix.platforms.pythons import installed_pythons

SOURCES = Path(__file__).parents[2] / "src"
PYTHONS = {one.release: one.path for one in installed_pythons(LocalMachine())}

WORDS = (
    "__future__ _collections_abc abc ast base64 bisect codecs collections contextlib copy datetime "
    "demo dis distutils email encodings enum fnmatch functools genericpath getpass hashlib http "
    "importlib inspect io ipaddress json linecache locale logging ntpath opcode operator os "
    "packaging pathlib pip pkg_resources pkgutil platform plumbum posixpath random re reprlib rich "
    "runpy selectors setuptools shlex shutil signal site sitecustomize socket sqlite3 sre_compile "
    "ssl stat string struct subprocess sysconfig tarfile tempfile textwrap threading token "
    "tokenize tomllib traceback typer types typing urllib usercustomize uuid venv warnings "
    "weakref wheel xmlrpc zipfile zipimport zlib"
)
NAMES = WORDS.split()
"""Modules of Python, of its start, of pip, and the one that is installed."""

EVIL = "open({!r}, 'a').write(__name__ + chr(10)); raise SystemExit('an evil module was imported')"


def evil_folder(parent: Path) -> Path:
    """Make a folder full of modules, each of which leaves its name in `HIT` there."""
    folder = parent / "evil"
    folder.mkdir()
    text = EVIL.format(str(folder / "HIT"))
    for name in NAMES:
        (folder / f"{name}.py").write_text(text)
    for name in ("pip", "setuptools", "encodings", "demo"):
        (folder / name).mkdir()
        for file in ("__init__.py", "__main__.py"):
            (folder / name / file).write_text(text)
    return folder


def interpreter(release: tuple[int, int]) -> str:
    if release not in PYTHONS:
        pytest.skip(f"no Python {release[0]}.{release[1]} is installed")
    return PYTHONS[release]


def environment(folder: Path, wheels: Path) -> dict[str, str]:
    return {
        **{name: value for name, value in os.environ.items() if not name.startswith("PYTHON")},
        "HOME": str(folder),
        "PYTHONPATH": str(SOURCES),
        "PYTHONDONTWRITEBYTECODE": "1",
        "PIP_NO_INDEX": "1",
        "PIP_FIND_LINKS": str(wheels),
    }
