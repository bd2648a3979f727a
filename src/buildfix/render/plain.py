"""Plain lines, for pipes, files and CI services."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from buildfix.core import Diagnosis, Plan, Report
from buildfix.core.printable import printable
from buildfix.machines.status_line import columns_of
from buildfix.render import messages
from buildfix.render.closing import closing_line
from buildfix.render.layout import Line, aligned, laid_out, wrapped_as_is
from buildfix.render.plan_rows import plan_rows
from buildfix.render.typed_commands import typed_lines
from buildfix.render.view import MARKS, Mark, View

_ASCII: Mapping[Mark, str] = {"found": "+", "missing": "x", "optional": "-"}


class PlainView(View):
    """Writes line by line, without colors; lines are only wrapped on a terminal."""

    def say(self, text: str) -> None:
        """Show a line."""
        text, width = printable(text), self._width()
        for line in wrapped_as_is(text, width) if width else (text,):
            self._stream.write(f"{line}\n")
        self._stream.flush()

    def _width(self) -> int | None:
        return columns_of(self._stream.fileno()) if self._stream.isatty() else None

    def head(self, label: str, text: str) -> None:
        """Show what starts now."""
        self.say(f"==> {label}: {text}")

    def detail(self, text: str) -> None:
        """Show what only matters to those who look closer, such as a line of output."""
        self.say(text)

    def waiting(self, reason: str) -> None:
        """Show what it waits for."""
        self.say(f"    waiting: {reason}")

    def note(self, text: str) -> None:
        """Show a notice."""
        self.say(f"    note: {text}")

    def good(self, text: str) -> None:
        """Show what was done or verified."""
        self.say(f"==> {text}")

    def diagnosis(self, diagnosis: Diagnosis) -> None:
        """Show why a build failed."""
        self.say(messages.cause_line(diagnosis))
        if reference := messages.cause_reference(diagnosis):
            self.say(f"    {reference}")
        for number, text, decisive in messages.excerpt_lines(diagnosis, self._width()):
            self.say(f"  {'>' if decisive else ' '} {number:>6} | {text}")
        if diagnosis.advice:
            self.say(f"    {diagnosis.advice}")
        for line in messages.further_causes(diagnosis):
            self.say(f"    {line}")
        for dead_end in diagnosis.never:
            self.say(f"    does not help: {dead_end}")
        for step in diagnosis.remedies:
            self.say(f"    remedy: {step.summary}")
            for line in typed_lines(step):
                self.say(f"      $ {line}")
            if worked := messages.evidence_line(step):
                self.say(f"      {worked}")

    def plan(self, plan: Plan, *, whole: bool = False) -> None:
        """Show a plan; with `whole`, also its commands."""
        before, self._plan = self._plan, plan
        rows = list(plan_rows(plan, before if before != plan else None, whole=whole))
        self._lines(laid_out(rows, self._width()))

    def _lines(self, lines: Iterable[Line]) -> None:
        for line in lines:
            self._stream.write(f"{printable(line.text)}\n")
        self._stream.flush()

    def conclusion(self, report: Report) -> None:
        """Show how the run ended, in one line."""
        self.say(closing_line(report))

    def report(self, report: Report) -> None:
        """Show how the run ended, and what is left to do."""
        self.say(f"==> {closing_line(report)}")
        for line in messages.after_the_end(report):
            self.say(f"    {line}")

    def rows(self, title: str, rows: Sequence[Sequence[str]], *, cut: int | None = None) -> None:
        """Show a table."""
        self.say(title)
        self._lines(aligned(rows, self._width(), cut))

    def check(self, mark: Mark, text: str) -> None:
        """Show a line with a mark before it that any encoding has."""
        utf8 = (self._stream.encoding or "").lower().startswith("utf")
        self.say(f"  {MARKS[mark] if utf8 else _ASCII[mark]} {text}")
