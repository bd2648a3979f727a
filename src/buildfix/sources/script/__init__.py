"""Following a setup.py as an interpreter would, over values that may be unknown."""

from __future__ import annotations

from buildfix.sources.script.follow import follow_setup

__all__ = ["follow_setup"]
