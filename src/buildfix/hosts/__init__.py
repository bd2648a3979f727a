"""Facts: what this machine and the target interpreter are. Everything here only reads."""

from __future__ import annotations

from buildfix.hosts.interpreter import describe, find_interpreter
from buildfix.hosts.local import gather
from buildfix.hosts.stock import stock_host

__all__ = ["describe", "find_interpreter", "gather", "stock_host"]
