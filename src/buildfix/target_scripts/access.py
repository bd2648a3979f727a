"""Whether the user who runs this can access the files that an install needs."""

from __future__ import annotations

import os


def answer(question: list[tuple[str, int]]) -> str | None:
    """Return the first path that does not allow its mode (access(2)); None if all do."""
    return next((path for path, mode in question if not os.access(path, mode)), None)
