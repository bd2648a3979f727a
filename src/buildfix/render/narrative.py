"""Going through the engine's events once, for every view: what is a heading, what a detail."""

from __future__ import annotations

from abc import ABC, abstractmethod

from buildfix.core import Diagnosis, Plan, Report, Step, events
from buildfix.render import messages


class EventWalk(ABC):
    """Hands each event to what shows its kind of words."""

    def show(self, event: events.Event) -> None:
        """Show an event as it comes."""
        heading = messages.heading(event)
        if heading:
            self.head(*heading)
        match event:
            case events.AttemptStarted(log=log):
                self.detail(f"log: {log}")
            case events.LogLine(text) | events.StepOutput(text):
                self.detail(text.rpartition("\r")[2])  # of a line written over, the last
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
        """Show what begins now."""

    @abstractmethod
    def detail(self, text: str) -> None:
        """Show what an installer or a step prints."""

    @abstractmethod
    def waiting(self, reason: str) -> None:
        """Show what is waited for."""

    @abstractmethod
    def note(self, text: str) -> None:
        """Show what a person has to know meanwhile."""

    @abstractmethod
    def good(self, text: str) -> None:
        """Show what was verified."""

    @abstractmethod
    def diagnosis(self, diagnosis: Diagnosis, remedies: tuple[Step, ...] = ()) -> None:
        """Show why a build failed."""

    @abstractmethod
    def plan(self, plan: Plan, *, whole: bool = False) -> None:
        """Show a plan; the `whole` of it with its commands."""

    @abstractmethod
    def report(self, report: Report) -> None:
        """Show how it ended."""
