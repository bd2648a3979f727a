"""How slow work says what it does, where no event can."""

from __future__ import annotations

from collections.abc import Callable

Tell = Callable[[str], None]
"""Is called with a few words such as `Reading lxml-6.1.3.tar.gz`."""


def silent(words: str) -> None:
    """Say nothing."""
