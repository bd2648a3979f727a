"""The protocol of a view, and which view suits which stream."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol, TextIO

from buildfix.core import Diagnosis, Plan, Report, Step
from buildfix.core.events import Event


class View(Protocol):
    """Shows what happens; decides nothing."""

    def show(self, event: Event) -> None:
        """Show an event."""
        ...

    def diagnosis(self, diagnosis: Diagnosis, remedies: tuple[Step, ...] = ()) -> None:
        """Show why a build failed."""
        ...

    def plan(self, plan: Plan, *, whole: bool = False) -> None:
        """Show a plan; with `whole`, also its commands."""
        ...

    def report(self, report: Report) -> None:
        """Show how the run ended."""
        ...

    def rows(self, title: str, rows: list[tuple[str, str]]) -> None:
        """Show a table of names and texts."""
        ...

    def say(self, text: str) -> None:
        """Show a line."""
        ...


def make_view(stream: TextIO, *, quiet: bool, color: bool, environ: Mapping[str, str]) -> View:
    """Return a rich view for a terminal, a plain one for anything else.

    NO_COLOR, FORCE_COLOR and CI are honored: in CI nobody watches, so the view is plain there.
    """
    forced = bool(environ.get("FORCE_COLOR")) and color
    if forced or (stream.isatty() and not environ.get("CI") and environ.get("TERM") != "dumb"):
        from buildfix.render.terminal import TerminalView

        plain_colors = not color or bool(environ.get("NO_COLOR"))
        return TerminalView(stream, quiet=quiet, no_color=plain_colors, forced=forced)
    from buildfix.render.plain import PlainView

    return PlainView(stream, quiet=quiet)
