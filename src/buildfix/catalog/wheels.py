"""What `recipes/wheels.toml` says, typed: from which pip on wheels of a kind are taken."""

from __future__ import annotations

import re
from dataclasses import dataclass

from packaging.version import Version


@dataclass(frozen=True)
class WheelKind:
    """A kind of wheel that pips before a certain one do not know."""

    name: str
    pattern: re.Pattern[str]
    """What a platform tag or an ABI tag of such wheels matches as a whole."""
    pip: Version
    """The first pip that takes them."""
    source: str
