"""The protocol of a view, and which view suits which stream."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import TextIO

from buildfix.core import Diagnosis, Plan, Report, Step, events
from buildfix.render import messages


class View(ABC):
    """Shows what happens, each event as what it is; decides nothing."""

    def show(self, event: events.Event) -> None:
        """Show an event."""
        heading = messages.heading(event)
        if heading:
            self.head(*heading)
        match event:
            case events.AttemptStarted(log=log):
                self.detail(f"log: {log}")
            case events.LogLine(text) | events.StepOutput(text):
                self.detail(text.rpartition("\r")[2])  # what is left of an overwritten line
            case events.CauseFound(diagnosis):
                self.diagnosis(diagnosis)
            case events.PlanProposed(plan):
                self.plan(plan)
            case events.Waiting(reason):
                self.waiting(reason)
            case events.Notice(text):
                self.note(text)
            case events.Verified(proof):
                self.good(messages.proof_line(proof))
            case events.Finished(report):
                self.report(report)
            case _:
                pass

    @abstractmethod
    def head(self, label: str, text: str) -> None:
        """Show what starts now."""

    @abstractmethod
    def detail(self, text: str) -> None:
        """Show a line of output of an installer or a step."""

    @abstractmethod
    def waiting(self, reason: str) -> None:
        """Show what it waits for."""

    @abstractmethod
    def note(self, text: str) -> None:
        """Show a notice."""

    @abstractmethod
    def good(self, text: str) -> None:
        """Show what was verified."""

    @abstractmethod
    def diagnosis(self, diagnosis: Diagnosis, remedies: tuple[Step, ...] = ()) -> None:
        """Show why a build failed."""

    @abstractmethod
    def plan(self, plan: Plan, *, whole: bool = False) -> None:
        """Show a plan; with `whole`, also its commands."""

    @abstractmethod
    def report(self, report: Report) -> None:
        """Show how the run ended."""

    @abstractmethod
    def rows(self, title: str, rows: list[tuple[str, str]]) -> None:
        """Show a table of names and texts."""

    @abstractmethod
    def say(self, text: str) -> None:
        """Show a line."""


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
