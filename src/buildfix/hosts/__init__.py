"""Facts: what this machine and the target interpreter are. Everything here only reads."""

from __future__ import annotations

from buildfix.hosts.interpreter import describe, find_interpreter
from buildfix.hosts.local import gather

__all__ = ["describe", "find_interpreter", "gather"]
