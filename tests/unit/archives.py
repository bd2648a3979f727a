"""Source archives, made for tests."""

from __future__ import annotations

import io
import tarfile
from collections.abc import Mapping
from pathlib import Path


def sdist_of(folder: Path, files: Mapping[str, str], name: str = "demo-1.0") -> Path:
    """Make `NAME.tar.gz` of these texts in a folder, and return its path."""
    path = folder / f"{name}.tar.gz"
    with tarfile.open(path, "w:gz") as archive:
        for inside, text in files.items():
            data = text.encode()
            member = tarfile.TarInfo(f"{name}/{inside}")
            member.size = len(data)
            archive.addfile(member, io.BytesIO(data))
    return path
