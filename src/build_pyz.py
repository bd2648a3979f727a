"""Builds `buildfix.pyz`: buildfix and all that it needs in one file, for any Python from 3.10 on.

    python src/build_pyz.py [FILE]

The same sources make the same bytes. The versions of what is bundled, with their hashes, are in
`build_pyz.lock`; `python src/build_pyz.py --lock` resolves them again (with uv).
"""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterable, Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
LOCK = Path(__file__).with_suffix(".lock")
_MAIN = "buildfix/machines/there/zipapp_main.py"
_OLDEST = "3.10"
_EPOCH = (1980, 1, 1, 0, 0, 0)
_PIP = (sys.executable, "-I", "-m", "pip", "--disable-pip-version-check", "--quiet")
_ANY_PYTHON = ("--only-binary=:all:", "--platform=any", "--implementation=py", "--abi=none")
_LEFT_OUT = re.compile(
    r"[^/]+\.data/.*"  # scripts and manual pages
    r"|[^/]+\.dist-info/(WHEEL|entry_points\.txt)|buildfix-[^/]+/RECORD"  # name what built it
    r"|pygments/lexers/(?!__init__|_mapping).*"  # rich imports the package, buildfix no lexer
)


def build(archive: Path) -> None:
    """Write the archive, with what pip downloads."""
    with tempfile.TemporaryDirectory(prefix="build-pyz-") as folder:
        fetch(Path(folder))
        pack(Path(folder).glob("*.whl"), archive)


def pack(wheels: Iterable[Path], archive: Path) -> None:
    """Write the archive of these wheels."""
    files = {name: content for wheel in wheels for name, content in _files(wheel)}
    files["__main__.py"] = files[_MAIN]
    with archive.open("wb") as file:
        file.write(b"#!/usr/bin/env python3\n")
        with zipfile.ZipFile(file, "w") as packed:
            for name in sorted(files):
                packed.writestr(_member(name), files[name], zipfile.ZIP_DEFLATED, 9)
    archive.chmod(0o755)


def lock() -> None:
    """Write the lock file: one version of each project, for every system and Python."""
    argv = ("uv", "pip", "compile", "--quiet", "--universal", "--fork-strategy=fewest")
    form = (f"--python-version={_OLDEST}", "--generate-hashes", "--no-header", "--no-annotate")
    words = (*argv, *form, "--upgrade", str(ROOT / "pyproject.toml"))
    made = subprocess.run(words, check=True, capture_output=True, text=True).stdout
    LOCK.write_text(re.sub(r" ; .*(?= \\)", "", made), encoding="utf-8")  # without markers


def fetch(folder: Path) -> None:
    """Put the wheels of buildfix, and of all that is locked, into a folder."""
    into = (f"--dest={folder}", f"--python-version={_OLDEST}", "--no-deps", *_ANY_PYTHON)
    subprocess.run([*_PIP, "download", *into, "--require-hashes", f"-r{LOCK}"], check=True)
    own = ("--no-deps", f"--wheel-dir={folder}", str(ROOT))
    subprocess.run([*_PIP, "wheel", *own], check=True)


def _files(wheel: Path) -> Iterator[tuple[str, bytes]]:
    with zipfile.ZipFile(wheel) as packed:
        for name in packed.namelist():
            if not name.endswith("/") and not _LEFT_OUT.fullmatch(name):
                yield name, packed.read(name)


def _member(name: str) -> zipfile.ZipInfo:
    """Return a member of the archive that tells nothing of the machine it was made on."""
    member = zipfile.ZipInfo(name, _EPOCH)
    member.create_system = 3
    member.external_attr = 0o100644 << 16
    return member


if __name__ == "__main__":
    if sys.argv[1:] == ["--lock"]:
        lock()
    else:
        build(Path(*(sys.argv[1:] or ["buildfix.pyz"])))
