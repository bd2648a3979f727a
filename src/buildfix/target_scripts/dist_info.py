"""Finds an installed distribution without importlib.metadata, which is slow to import.

That imports the email package, zipfile and more, and takes longer than all else that is done here.
"""

from __future__ import annotations

import os
import re
import sys
from importlib.machinery import PathFinder

from buildfix.target_scripts.installed import normalized


class DistInfo:
    """What is recorded in a .dist-info folder; see `buildfix.target_scripts.answers.Installed`."""

    files = None

    def __init__(self, folder: str, info: str):
        """Take a folder of `sys.path`, and the name of a .dist-info folder in it."""
        self._folder = folder
        self._info = info
        head = (self.read_text("METADATA") or "").partition("\n\n")[0]
        self.metadata = {
            name: value.strip() for name, value in re.findall(r"^(Name|Version):(.*)", head, re.M)
        }
        self.version = self.metadata.get("Version", "")

    def read_text(self, filename: str) -> str | None:
        """Return the contents of a file of the .dist-info folder; None if it has none."""
        try:
            with open(os.path.join(self._folder, self._info, filename), encoding="utf-8") as file:
                return file.read()
        except OSError:
            return None

    def locate_file(self, path: str) -> str:
        """Return where a file of the distribution is."""
        return os.path.join(self._folder, path)

    def is_complete(self) -> bool:
        """Return whether importlib.metadata would find nothing more than this has."""
        return "Name" in self.metadata and bool(self.version and self.read_text("RECORD"))


def dist_info(name: str) -> DistInfo | None:
    """Return the distribution with that name; None if importlib.metadata has to find it.

    That is so for eggs, .egg-info folders, archives on `sys.path`, and finders of others.
    """
    if any(hasattr(one, "find_distributions") for one in sys.meta_path if one is not PathFinder):
        return None
    for folder in sys.path:
        try:
            files = os.listdir(folder or os.curdir)
        except FileNotFoundError:
            continue
        except OSError:
            return None
        infos = [one for one in files if is_info(one) and named_by(one) == normalized(name)]
        if infos or folder.lower().endswith(".egg"):
            found = DistInfo(folder, infos[0]) if len(infos) == 1 else None
            return found if found and found.is_complete() else None
    return None


def is_info(file: str) -> bool:
    """Return whether a file has a distribution's metadata."""
    return file.lower().endswith((".dist-info", ".egg-info"))


def named_by(info: str) -> str:
    """Return the normalized name in the name of a .dist-info or .egg-info folder."""
    return normalized(info.rpartition(".")[0].partition("-")[0])
