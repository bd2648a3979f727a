"""Which wheels this Python takes."""

from __future__ import annotations

from packaging.tags import sys_tags


def answer(_: object) -> list[str]:
    """Return their tags, the best first."""
    return [str(tag) for tag in sys_tags()]
