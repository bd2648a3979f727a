"""Views of the engine's events: for a terminal, for a log, for a script."""

from __future__ import annotations

from buildfix.render.view import Level, RunFacts, View, make_view

__all__ = ["Level", "RunFacts", "View", "make_view"]
