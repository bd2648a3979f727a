"""Facts about this machine and the target interpreter. Everything here only reads."""

from __future__ import annotations

from buildfix.platforms.host_facts import gather
from buildfix.platforms.interpreter import describe, find_interpreter
from buildfix.platforms.stock_host import stock_host

__all__ = ["describe", "find_interpreter", "gather", "stock_host"]
