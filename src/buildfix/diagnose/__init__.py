"""From the log of a failed build to its cause: one pass, whatever the log's size."""

from __future__ import annotations

from buildfix.diagnose.judge import diagnose
from buildfix.diagnose.text import decoded

__all__ = ["decoded", "diagnose"]
