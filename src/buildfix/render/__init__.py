"""Views of the engine's events: for a terminal, for a log, for a script."""

from __future__ import annotations

from buildfix.render.view import Level, View, make_view

__all__ = ["Level", "View", "make_view"]
