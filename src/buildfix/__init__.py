"""buildfix: pip install for projects that must be compiled."""

from __future__ import annotations

__version__ = "0.1.0"
