"""A header, as the source includes it: `libxml/xpath.h`."""

from __future__ import annotations

import os
import re
from pathlib import Path

from buildfix.core import Need
from buildfix.dependency_kinds.base import INCLUDE, DependencyKind, Surroundings, Wanted


class Header(DependencyKind):
    """A file in a folder where compilers look for headers."""

    name = "header-missing"
    detectors = ("headers",)
    homes = re.compile(INCLUDE)

    def files(self, subject: str) -> Wanted:
        """Return the header in any folder."""
        return self.wanted(subject, "/{}")

    def is_present(self, need: Need, here: Surroundings) -> bool:
        """Return whether the compiler finds it without additional settings."""
        own = filter(None, here.machine.environ.get("CPATH", "").split(os.pathsep))
        return any(Path(one, need.subject).is_file() for one in (*own, *here.header_folders))
