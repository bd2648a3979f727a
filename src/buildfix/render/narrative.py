"""Goes through the engine's events once, for every view: which are headings, which details."""

from __future__ import annotations

from abc import ABC, abstractmethod

from buildfix.core import Diagnosis, Plan, Report, Step, events
from buildfix.render import messages


class EventWalk(ABC):
    """Calls the method for each kind of event."""

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
