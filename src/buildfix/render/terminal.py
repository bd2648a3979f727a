"""Colors and tables, for a terminal."""

from __future__ import annotations

from typing import TextIO

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from buildfix.core import Diagnosis, Plan, Report, Step
from buildfix.core.printable import printable
from buildfix.render import messages
from buildfix.render.closing import closing_line
from buildfix.render.view import View

_OUTCOME_STYLES = {
    "installed": "bold green",
    "undone": "bold green",
    "interrupted": "yellow",
    "person-needed": "yellow",
}


def _shown(text: str) -> str:
    """Return a text escaped, so that rich shows it unchanged."""
    return escape(printable(text))


class TerminalView(View):
    """Shows the same as the plain view, with colors and tables."""

    def __init__(self, stream: TextIO, *, quiet: bool, no_color: bool, forced: bool):
        """Write to `stream`; `forced` treats it as a terminal even if it is not."""
        self._console = Console(
            file=stream,
            no_color=no_color or None,
            color_system=None if no_color else "auto",
            force_terminal=forced or None,
            highlight=False,
            emoji=False,
            soft_wrap=True,
        )
        self._quiet = quiet

    def _print(self, text: str, style: str = "") -> None:
        self._console.print(printable(text), style=style, markup=False)

    def say(self, text: str) -> None:
        """Show a line."""
        self._print(text)

    def head(self, label: str, text: str) -> None:
        """Show what starts now."""
        self._console.print(f"[bold cyan]{label.capitalize()}[/bold cyan] {_shown(text)}")

    def detail(self, text: str) -> None:
        """Show a line of output of an installer or a step, unless quiet."""
        if not self._quiet:
            self._print(f"  {text}", "dim")

    def waiting(self, reason: str) -> None:
        """Show what it waits for."""
        self._print(f"waiting: {reason}", "yellow")

    def note(self, text: str) -> None:
        """Show a notice."""
        self._console.print(f"note: {text}", style="yellow", markup=False)

    def good(self, text: str) -> None:
        """Show what was verified."""
        self._print(f"✔ {text}", "green")

    def diagnosis(self, diagnosis: Diagnosis, remedies: tuple[Step, ...] = ()) -> None:
        """Show why a build failed."""
        self._console.print()
        self._print(f"✘ {messages.cause_line(diagnosis)}", "bold red")
        if diagnosis.says:
            self._print(f"  {diagnosis.says}")
        for number, text in diagnosis.excerpt:
            mine = diagnosis.cause is not None and number == diagnosis.cause.line
            style = "bold" if mine else "dim"
            self._print(f"{number:>8} │ {text}", style)
        if diagnosis.advice:
            self._print(f"  {diagnosis.advice}")
        for cause in diagnosis.also:
            self._print(f"  also: {cause} (line {cause.line})")
        for dead_end in diagnosis.never:
            self._print(f"  does not help: {dead_end}", "yellow")
        for step in remedies:
            self._print(f"  remedy: {step.summary}", "cyan")

    def plan(self, plan: Plan, *, whole: bool = False) -> None:
        """Show a plan; with `whole`, also its commands."""
        table = Table(title=f"Plan: {messages.steps_counted(plan)}", title_justify="left")
        for heading in ("what", "why", "root"):
            table.add_column(heading, overflow="fold")
        for step in plan.steps:
            what = _shown(step.summary)
            if whole and step.argv:
                what += f"\n[dim]$ {_shown(messages.command_line(step))}[/dim]"
            table.add_row(what, _shown(messages.reasons(step)), "yes" if step.privileged else "")
        self._console.print()
        self._console.print(table, soft_wrap=False)
        for need, why in plan.unmet:
            self._print(f"! {messages.unmet_line(need, why)}", "yellow")
        if plan.install.argv:
            self._print(f"then: {messages.command_line(plan.install)}", "dim")

    def report(self, report: Report) -> None:
        """Show how the run ended."""
        style = _OUTCOME_STYLES.get(report.outcome, "bold red")
        self._print(closing_line(report), style)
        for one in report.degraded:
            self._print(f"  {messages.degraded_line(one)}", "yellow")
        for step in report.todo:
            what = messages.command_line(step) if step.argv else step.summary
            self._print(f"  to do: {what}")
        if report.log and report.outcome != "installed":
            self._print(f"  log: {report.log}", "dim")

    def rows(self, title: str, rows: list[tuple[str, str]]) -> None:
        """Show a table of names and texts."""
        table = Table(title=_shown(title), title_justify="left", show_header=False)
        for name, text in rows:
            table.add_row(_shown(name), _shown(text))
        self._console.print(table, soft_wrap=False)
