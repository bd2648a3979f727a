"""The protocol of a view, and which view suits which stream."""

from __future__ import annotations

import shlex
import time
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from enum import IntEnum
from functools import partial
from typing import Literal, TextIO

from buildfix.core import Diagnosis, Plan, Report, events
from buildfix.core.printable import printable
from buildfix.core.redaction import redacted
from buildfix.machines.streams import status_of
from buildfix.render import messages
from buildfix.render.activity import Activity, after, idle, started, status_text
from buildfix.render.closing import killed_line
from buildfix.render.places import short_path

_BEGINS = events.AttemptStarted | events.StepStarted


class Level(IntEnum):
    """How much is shown."""

    SILENT = -2
    LAST_LINE = -1
    NORMAL = 0
    RAW = 1
    """Also the output of installers and package managers."""
    PROBES = 2
    """Also every command that only looks at the machine."""


Mark = Literal["found", "missing", "optional"]
"""Whether something is there, and whether most need it."""
MARKS: Mapping[Mark, str] = {"found": "✓", "missing": "✗", "optional": "–"}  # noqa: RUF001


class View(ABC):
    """Shows what happens, each event as what it is; decides nothing."""

    def __init__(self, stream: TextIO, level: Level = Level.NORMAL):
        """Write to `stream`."""
        self._stream = stream
        self._level = level
        self._status = status_of(stream) if level >= Level.NORMAL else None
        self._activity = Activity()
        self._labels: set[str] = set()
        self._logs = ""
        """The folder of the logs, until it is shown."""
        self._plan: Plan | None = None

    def phase(self, label: str) -> None:
        """Show what the run does before anything tells so itself; any thread may call this."""
        if not self._activity.begun:
            self._activity = started(self._activity, label, time.monotonic())
            self._show_activity()

    def probe(self, argv: Sequence[str]) -> None:
        """Show a command that looks at the machine; any thread may call this."""
        self.detail(f"probe: {redacted(shlex.join(argv))}")

    def pause(self) -> None:
        """Show nothing that moves until the next event."""
        self._activity = idle(self._activity)
        self._show_activity()

    def show(self, event: events.Event) -> None:
        """Show an event."""
        if self._level < Level.NORMAL:
            if isinstance(event, events.Finished) and self._level == Level.LAST_LINE:
                self.conclusion(event.report)
            return
        if isinstance(event, events.RunOpened):
            self._logs = event.logs
        self._activity = after(self._activity, event, time.monotonic())
        if self._activity.ended:
            self.good(self._activity.ended)
        if self._activity.project or isinstance(event, events.StepStarted):
            self._tell_logs()
        if isinstance(event, _BEGINS):
            self._labels.clear()
        if messages.asks_on_terminal(event):
            self.pause()
        else:
            self._show_activity()
        self._show(event)

    def _show_activity(self) -> None:
        label = self._activity.label
        if self._level < Level.NORMAL:
            return
        if self._status and label:
            self._status.show(partial(_status_words, self._activity))
        elif self._status:
            self._status.hide()
        elif label and label not in self._labels and not self._tells_all():
            self._labels.add(label)
            self.say(label)

    def _tells_all(self) -> bool:
        """Return whether the output itself tells what is done."""
        return self._level >= Level.RAW and self._activity.begun

    def _show(self, event: events.Event) -> None:
        heading = messages.heading(event, raw=self._level >= Level.RAW)
        if heading:
            self.head(*heading)
        match event:
            case events.KilledRunFound():
                self.say(killed_line(event))
            case events.LogLine() | events.StepOutput() if self._level >= Level.RAW:
                self.detail(messages.output_line(event))
            case events.CauseFound(diagnosis):
                self.diagnosis(diagnosis)
            case events.PlanProposed(plan):
                self.plan(plan, whole=self._level >= Level.RAW)
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

    def _tell_logs(self) -> None:
        """Show once where the whole output goes."""
        if self._logs:
            self.detail(f"Logs: {short_path(self._logs)}")
            self._logs = ""

    @abstractmethod
    def head(self, label: str, text: str) -> None:
        """Show what starts now."""

    @abstractmethod
    def detail(self, text: str) -> None:
        """Show what only matters to those who look closer, such as a line of output."""

    @abstractmethod
    def waiting(self, reason: str) -> None:
        """Show what it waits for."""

    @abstractmethod
    def note(self, text: str) -> None:
        """Show a notice."""

    @abstractmethod
    def good(self, text: str) -> None:
        """Show what was done or verified."""

    @abstractmethod
    def diagnosis(self, diagnosis: Diagnosis) -> None:
        """Show why a build failed."""

    @abstractmethod
    def plan(self, plan: Plan, *, whole: bool = False) -> None:
        """Show a plan; with `whole`, also its commands."""

    @abstractmethod
    def conclusion(self, report: Report) -> None:
        """Show how the run ended, in one line."""

    @abstractmethod
    def report(self, report: Report) -> None:
        """Show how the run ended, and what is left to do."""

    @abstractmethod
    def rows(self, title: str, rows: Sequence[Sequence[str]], *, cut: int | None = None) -> None:
        """Show a table under its title; all rows have as many texts, two or more.

        Column `cut` is shortened where a terminal has no room for it.
        """

    @abstractmethod
    def say(self, text: str) -> None:
        """Show a line."""

    def check(self, mark: Mark, text: str) -> None:
        """Show a line with a mark before it."""
        self.say(f"  {MARKS[mark]} {text}")


def _status_words(activity: Activity, now: float) -> str:
    return printable(status_text(activity, now))


def make_view(
    stream: TextIO, *, level: Level = Level.NORMAL, color: bool, environ: Mapping[str, str]
) -> View:
    """Return a rich view for a terminal, a plain one for anything else.

    NO_COLOR, FORCE_COLOR and CI are honored: in CI nobody watches, so the view is plain there.
    """
    forced = bool(environ.get("FORCE_COLOR")) and color
    if forced or (stream.isatty() and not environ.get("CI") and environ.get("TERM") != "dumb"):
        from buildfix.render.terminal import TerminalView

        plain_colors = not color or bool(environ.get("NO_COLOR"))
        return TerminalView(stream, level, no_color=plain_colors, forced=forced)
    from buildfix.render.plain import PlainView

    return PlainView(stream, level)
