"""Plain lines, for pipes, files and CI services."""

from __future__ import annotations

from typing import TextIO

from buildfix.core import Diagnosis, Plan, Report, Step
from buildfix.core.printable import printable
from buildfix.render import messages
from buildfix.render.closing import closing_line
from buildfix.render.view import View


class PlainView(View):
    """Writes line by line, without colors or wrapping."""

    def __init__(self, stream: TextIO, *, quiet: bool = False):
        """Write to `stream`; `quiet` omits the output of installers and steps."""
        self._stream = stream
        self._quiet = quiet

    def say(self, text: str) -> None:
        """Show a line."""
        self._stream.write(printable(text) + "\n")
        self._stream.flush()

    def head(self, label: str, text: str) -> None:
        """Show what starts now."""
        self.say(f"==> {label}: {text}")

    def detail(self, text: str) -> None:
        """Show a line of output of an installer or a step, unless quiet."""
        if not self._quiet:
            self.say(text)

    def waiting(self, reason: str) -> None:
        """Show what it waits for."""
        self.say(f"    waiting: {reason}")

    def note(self, text: str) -> None:
        """Show a notice."""
        self.say(f"    note: {text}")

    def good(self, text: str) -> None:
        """Show what was verified."""
        self.say(f"==> {text}")

    def diagnosis(self, diagnosis: Diagnosis, remedies: tuple[Step, ...] = ()) -> None:
        """Show why a build failed."""
        self.say(f"==> {messages.cause_line(diagnosis)}")
        if diagnosis.says:
            self.say(f"    {diagnosis.says}")
        for number, text in diagnosis.excerpt:
            mark = ">" if diagnosis.cause and number == diagnosis.cause.line else " "
            self.say(f"  {mark} {number:>6} | {text}")
        if diagnosis.advice:
            self.say(f"    {diagnosis.advice}")
        for cause in diagnosis.also:
            self.say(f"    also: {cause} (line {cause.line})")
        for dead_end in diagnosis.never:
            self.say(f"    does not help: {dead_end}")
        for step in remedies:
            self.say(f"    remedy: {step.summary}")

    def plan(self, plan: Plan, *, whole: bool = False) -> None:
        """Show a plan; with `whole`, also its commands."""
        self.say(f"==> plan: {messages.steps_counted(plan)}")
        for number, step in enumerate(plan.steps, start=1):
            root = " [root]" if step.privileged else ""
            self.say(f"  {number}. {step.summary}{root} (because: {messages.reasons(step)})")
            if whole and step.argv:
                self.say(f"     $ {messages.command_line(step)}")
        for need, why in plan.unmet:
            self.say(f"  ! {messages.unmet_line(need, why)}")
        if plan.install.argv:
            self.say(f"  then: {messages.command_line(plan.install)}")

    def report(self, report: Report) -> None:
        """Show how the run ended."""
        self.say(f"==> {closing_line(report)}")
        for one in report.degraded:
            self.say(f"    {messages.degraded_line(one)}")
        for step in report.todo:
            self.say(f"    to do: {messages.command_line(step) if step.argv else step.summary}")
        if report.log and report.outcome != "installed":
            self.say(f"    log: {report.log}")

    def rows(self, title: str, rows: list[tuple[str, str]]) -> None:
        """Show a table of names and texts."""
        self.say(title)
        width = max((len(name) for name, _ in rows), default=0)
        for name, text in rows:
            self.say(f"  {name:<{width}}  {text}")
