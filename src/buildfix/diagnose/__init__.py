"""From the log of a failed build to its cause: one pass, whatever the log's size."""

from __future__ import annotations

from buildfix.diagnose.judge import diagnose

__all__ = ["diagnose"]
