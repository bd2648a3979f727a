"""From the log of a failed build to its cause: one pass, whatever the log's size."""

from __future__ import annotations

from buildfix.diagnosis.logs.rank import diagnose
from buildfix.diagnosis.logs.read import decoded

__all__ = ["decoded", "diagnose"]
