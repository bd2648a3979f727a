"""How long each build of an attempt takes, from the lines of its installer."""

from __future__ import annotations

import time

from packaging.utils import canonicalize_name

from buildfix.catalog.progress import progress_words


class BuildClock:
    """Measures the builds that an installer announces one after the other."""

    def __init__(self, installer: str):
        """Read the lines of this installer."""
        self._installer = installer
        self._begun: dict[str, float] = {}
        self.took: dict[str, float] = {}
        """The seconds of each build that has ended, by project."""

    def read(self, text: str) -> None:
        """Take the next line, as it is printed."""
        line = progress_words().read(text, self._installer)
        if line is None or not line.name:
            return
        project = canonicalize_name(line.name)
        if line.ends and project in self._begun:
            self.took[project] = time.monotonic() - self._begun[project]
        elif line.starts:
            self._begun[project] = time.monotonic()
