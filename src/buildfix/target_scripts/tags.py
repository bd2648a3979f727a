"""Which wheels this interpreter can install."""

from __future__ import annotations

from packaging.tags import sys_tags


def answer(_: object) -> list[str]:
    """Return the wheel tags, the best first."""
    return [str(tag) for tag in sys_tags()]
