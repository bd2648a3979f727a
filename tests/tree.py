"""The files of this project: what git knows of them, or all that is there where git is absent."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[1]
_LISTED = ("git", "ls-files", "-z", "--cached", "--others", "--exclude-standard")
_PARTS = (
    ".ci",
    ".github",
    ".taplo.toml",
    "recipes",
    "src",
    "tests",
    "vagrant",
    "CHANGELOG.md",
    "LICENSE",
    "README.md",
    "pyproject.toml",
    ".pre-commit-config.yaml",
)


def project_files(root: Path = ROOT) -> tuple[Path, ...]:
    """Return every file of the project below `root`, sorted."""
    if shutil.which("git") and (root / ".git").exists():
        done = subprocess.run(_LISTED, cwd=root, capture_output=True, text=True, check=True)
        names = filter(None, done.stdout.split("\0"))
        return tuple(sorted(path for path in map(root.joinpath, names) if path.is_file()))
    return tuple(sorted(_walked(root)))


def _walked(root: Path) -> Iterator[Path]:
    for part in map(root.joinpath, _PARTS):
        found = part.rglob("*") if part.is_dir() else [part]
        yield from (one for one in found if one.is_file() and "__pycache__" not in one.parts)


def commit(root: Path = ROOT) -> str:
    """Return the commit of the tree, with a + where files differ from it; "unknown" without git."""
    argv = ("git", "-C", str(root), "describe", "--always", "--abbrev=10", "--dirty=+")
    try:
        done = subprocess.run(argv, capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        return "unknown"
    return done.stdout.strip()
