"""Colours and tables, for a terminal."""

from __future__ import annotations

from typing import TextIO

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from buildfix.model import Diagnosis, Plan, Report, Step
from buildfix.ui import words
from buildfix.ui.walk import EventWalk

_OUTCOME_STYLES = {"installed": "bold green", "interrupted": "yellow", "person-needed": "yellow"}


class TerminalView(EventWalk):
    """The same story as the plain view's, easier on the eye."""

    def __init__(self, stream: TextIO, *, quiet: bool, no_color: bool, forced: bool):
        """Write to `stream`; `forced` treats it as a terminal whatever it is."""
        self._console = Console(
            file=stream,
            no_color=no_color or None,
            color_system=None if no_color else "auto",
            force_terminal=forced or None,
            highlight=False,
            soft_wrap=True,
        )
        self._quiet = quiet

    def say(self, text: str) -> None:
        """Show a line."""
        self._console.print(text, markup=False)

    def head(self, label: str, text: str) -> None:
        """Show what begins now."""
        self._console.print(f"[bold cyan]{label.capitalize()}[/bold cyan] {escape(text)}")

    def detail(self, text: str) -> None:
        """Show what an installer or a step prints, unless it is quiet."""
        if not self._quiet:
            self._console.print(f"  {text}", style="dim", markup=False)

    def waiting(self, reason: str) -> None:
        """Show what is waited for."""
        self._console.print(f"waiting: {reason}", style="yellow", markup=False)

    def good(self, text: str) -> None:
        """Show what is proven."""
        self._console.print(f"✔ {text}", style="green", markup=False)

    def diagnosis(self, diagnosis: Diagnosis, remedies: tuple[Step, ...] = ()) -> None:
        """Show why a build failed."""
        self._console.print()
        self._console.print(f"✘ {words.cause_line(diagnosis)}", style="bold red", markup=False)
        if diagnosis.says:
            self._console.print(f"  {diagnosis.says}", markup=False)
        for number, text in diagnosis.excerpt:
            mine = diagnosis.cause is not None and number == diagnosis.cause.line
            style = "bold" if mine else "dim"
            self._console.print(f"{number:>8} │ {text}", style=style, markup=False)
        if diagnosis.advice:
            self._console.print(f"  {diagnosis.advice}", markup=False)
        for cause in diagnosis.also:
            self._console.print(f"  also: {cause} (line {cause.line})", markup=False)
        for dead_end in diagnosis.never:
            self._console.print(f"  does not help: {dead_end}", style="yellow", markup=False)
        for step in remedies:
            self._console.print(f"  remedy: {step.summary}", style="cyan", markup=False)

    def plan(self, plan: Plan, *, whole: bool = False) -> None:
        """Show a plan; the `whole` of it with its commands."""
        table = Table(title=f"Plan: {words.steps_counted(plan)}", title_justify="left")
        for heading in ("what", "why", "root"):
            table.add_column(heading, overflow="fold")
        for step in plan.steps:
            what = escape(step.summary)
            if whole and step.argv:
                what += f"\n[dim]$ {escape(words.command_line(step))}[/dim]"
            table.add_row(what, escape(words.reasons(step)), "yes" if step.privileged else "")
        self._console.print()
        self._console.print(table, soft_wrap=False)
        for need, why in plan.unmet:
            self._console.print(f"! {words.unmet_line(need, why)}", style="yellow", markup=False)
        self._console.print(f"then: {words.command_line(plan.install)}", style="dim", markup=False)

    def report(self, report: Report) -> None:
        """Show how it ended."""
        style = _OUTCOME_STYLES.get(report.outcome, "bold red")
        self._console.print(words.outcome_line(report), style=style, markup=False)
        for one in report.degraded:
            self._console.print(f"  {words.degraded_line(one)}", style="yellow", markup=False)
        for step in report.todo:
            what = words.command_line(step) if step.argv else step.summary
            self._console.print(f"  to do: {what}", markup=False)
        if report.attempts and (report.outcome != "installed" or report.degraded):
            log = report.attempts[-1].log
            self._console.print(f"  log: {log}", style="dim", markup=False)

    def rows(self, title: str, rows: list[tuple[str, str]]) -> None:
        """Show names with what belongs to them."""
        table = Table(title=title, title_justify="left", show_header=False)
        for name, text in rows:
            table.add_row(escape(name), escape(text))
        self._console.print(table, soft_wrap=False)
