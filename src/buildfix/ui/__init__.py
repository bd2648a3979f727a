"""Views of the engine's events: for a terminal, for a log, for a script."""

from __future__ import annotations

from buildfix.ui.plain import PlainView
from buildfix.ui.view import View, make_view

__all__ = ["PlainView", "View", "make_view"]
