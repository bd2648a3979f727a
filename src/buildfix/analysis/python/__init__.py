"""Following a setup.py and its like as an interpreter would, over values that may be unknown."""

from __future__ import annotations

from buildfix.analysis.python.follow import (
    follow_backend,
    follow_helpers,
    follow_script,
    follow_setup,
)

__all__ = ["follow_backend", "follow_helpers", "follow_script", "follow_setup"]
