"""`recipes/wheels.toml` as types: which pip version supports which kind of wheel."""

from __future__ import annotations

import re

from packaging.version import Version

from buildfix.core.light_dataclass import dataclass


@dataclass(frozen=True)
class WheelKind:
    """A kind of wheel that older pip versions do not support."""

    name: str
    pattern: re.Pattern[str]
    """Matches the whole platform tag or ABI tag of such wheels."""
    pip: Version
    """The first pip that supports them."""
    source: str
