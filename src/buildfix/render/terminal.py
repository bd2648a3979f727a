"""Colors, for a terminal."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TextIO

from rich.console import Console
from rich.text import Text

from buildfix.core import Diagnosis, Plan, Report
from buildfix.core.printable import printable
from buildfix.render import messages
from buildfix.render.closing import closing_line
from buildfix.render.layout import aligned, laid_out, wrapped_as_is
from buildfix.render.plan_rows import plan_rows
from buildfix.render.typed_commands import typed_lines
from buildfix.render.view import MARKS, Level, Mark, View

_OUTCOME_STYLES = {
    "installed": "bold green",
    "undone": "bold green",
    "interrupted": "yellow",
    "person-needed": "yellow",
}
_STYLES = {
    "": "",
    "title": "bold",
    "root": "yellow",
    "removes": "red",
    "warning": "yellow",
    "dim": "dim",
    "new": "cyan",
}

_MARK_STYLES = {"found": "green", "missing": "bold red", "optional": "yellow"}


class TerminalView(View):
    """Shows the same as the plain view, with colors."""

    def __init__(
        self, stream: TextIO, level: Level = Level.NORMAL, *, no_color: bool, forced: bool
    ):
        """Write to `stream`; `forced` treats it as a terminal even if it is not."""
        super().__init__(stream, level)
        self._console = Console(
            file=stream,
            no_color=no_color or None,
            color_system=None if no_color else "auto",
            force_terminal=forced or None,
            highlight=False,
            emoji=False,
            soft_wrap=True,
        )

    def _width(self) -> int | None:
        return self._console.width if self._stream.isatty() else None

    def _print(self, text: str, style: str = "") -> None:
        text, width = printable(text), self._width()
        for line in wrapped_as_is(text, width) if width else (text,):
            self._console.print(line, style=style, markup=False)

    def say(self, text: str) -> None:
        """Show a line."""
        self._print(text)

    def head(self, label: str, text: str) -> None:
        """Show what starts now."""
        whole, width = printable(f"{label.capitalize()} {text}"), self._width()
        first, *rest = wrapped_as_is(whole, width) if width else [whole]
        shown = Text(first)
        shown.stylize("bold cyan", 0, len(label))
        for line in (shown, *rest):
            self._console.print(line, markup=False)

    def detail(self, text: str) -> None:
        """Show what only matters to those who look closer, such as a line of output."""
        self._print(f"  {text}", "dim")

    def waiting(self, reason: str) -> None:
        """Show what it waits for."""
        self._print(f"waiting: {reason}", "yellow")

    def note(self, text: str) -> None:
        """Show a notice."""
        self._print(f"note: {text}", "yellow")

    def good(self, text: str) -> None:
        """Show what was done or verified."""
        self._print(f"✔ {text}", "green")

    def diagnosis(self, diagnosis: Diagnosis) -> None:
        """Show why a build failed."""
        self._console.print()
        self._print(messages.cause_line(diagnosis), "bold red" if diagnosis.failed else "")
        if reference := messages.cause_reference(diagnosis):
            self._print(f"  {reference}", "dim")
        for number, text, decisive in messages.excerpt_lines(diagnosis, self._width()):
            self._print(f"{number:>8} │ {text}", "bold" if decisive else "dim")
        if diagnosis.advice:
            self._print(f"  {diagnosis.advice}")
        for line in messages.further_causes(diagnosis):
            self._print(f"  {line}")
        for dead_end in diagnosis.never:
            self._print(f"  does not help: {dead_end}", "yellow")
        for step in diagnosis.remedies:
            self._print(f"  remedy: {step.summary}", "cyan")
            for line in typed_lines(step):
                self._print(f"    $ {line}", "dim")
            if worked := messages.evidence_line(step):
                self._print(f"    {worked}", "dim")

    def plan(self, plan: Plan, *, whole: bool = False) -> None:
        """Show a plan; with `whole`, also its commands."""
        before, self._plan = self._plan, plan
        rows = list(plan_rows(plan, before if before != plan else None, whole=whole))
        self._console.print()
        for line in laid_out(rows, self._width()):
            parts = ((printable(line.left), _STYLES[line.style]), (printable(line.right), "dim"))
            self._console.print(Text.assemble(*parts))

    def conclusion(self, report: Report) -> None:
        """Show how the run ended, in one line."""
        self._print(closing_line(report), _OUTCOME_STYLES.get(report.outcome, "bold red"))

    def report(self, report: Report) -> None:
        """Show how the run ended, and what is left to do."""
        self.conclusion(report)
        for line in messages.after_the_end(report):
            self._print(f"  {line}")

    def rows(self, title: str, rows: Sequence[Sequence[str]], *, cut: int | None = None) -> None:
        """Show a table."""
        self._print(title, "bold")
        for line in aligned(rows, self._width(), cut):
            self._console.print(Text.assemble(printable(line.left), printable(line.right)))

    def check(self, mark: Mark, text: str) -> None:
        """Show a line with a colored mark before it."""
        whole, width = printable(f"  {MARKS[mark]} {text}"), self._width()
        first, *rest = wrapped_as_is(whole, width) if width else [whole]
        shown = Text(first)
        shown.stylize(_MARK_STYLES[mark], 2, 3)
        for line in (shown, *rest):
            self._console.print(line, markup=False)
