"""Following a project's build files in an imagined world, whatever language they are in."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from buildfix.analysis.findings import Grade
from buildfix.analysis.probe_environment import Probe, ProbeEnvironment
from buildfix.analysis.survey import Survey


@dataclass
class Seen:
    """What a build file asked for, what it compiles, and in which languages."""

    probes: dict[Probe, Grade] = field(default_factory=dict)
    languages: dict[str, str] = field(default_factory=dict)
    sources: dict[str, tuple[frozenset[str], str]] = field(default_factory=dict)
    configured: set[str] = field(default_factory=set)
    """Folders of the tree whose configure script is run."""

    def ask(self, probe: Probe, grade: Grade) -> None:
        """Remember what was asked for, in its best grade."""
        if self.probes.get(probe) != "sure":
            self.probes[probe] = grade


class GaveUp(Exception):
    """The build file ended with an error."""

    def __init__(self, where: str, words: str):
        self.where = where
        self.words = words
        super().__init__(words)


class Left(Exception):
    """A statement that leaves its block before the end of it, as return() does."""


_Value = TypeVar("_Value")


class SymbolicRun(ABC, Generic[_Value]):
    """One run of a project's build files in one imagined world."""

    def __init__(
        self, survey: Survey, world: ProbeEnvironment, folder: str, variables: dict[str, _Value]
    ):
        """Follow the build files of the survey's tree from a folder on, with these variables."""
        self.survey = survey
        self.world = world
        self.folder = folder
        self.variables = variables
        self.seen = Seen()
        self.doubt = 0
        """How many conditions that nobody knows hang over what is done."""

    def demand(self, probe: Probe) -> bool:
        """Ask for what the build ends without; it is there from here on."""
        self.seen.ask(probe, "likely" if self.doubt else "sure")
        return True

    def wish(self, probe: Probe) -> bool:
        """Ask for what the build does without."""
        return self.world.has(probe)

    def either(self, one: Callable[[], None], other: Callable[[], None]) -> None:
        """Do both of what nobody knows which is done; goes on from where an error does not end it.

        Raises GaveUp where both end with an error.
        """
        before = dict(self.variables)
        first_error = self._in_doubt(one)
        first, self.variables = self.variables, before
        second_error = self._in_doubt(other)
        if first_error and second_error:
            raise first_error
        if second_error:
            self.variables = first
        elif not first_error:
            self.variables = self.joined(first, self.variables)

    @abstractmethod
    def joined(self, one: dict[str, _Value], other: dict[str, _Value]) -> dict[str, _Value]:
        """Return what is known of the variables where they are either the one or the other."""

    def _in_doubt(self, action: Callable[[], None]) -> GaveUp | None:
        """Do what may not be done; return the error it ends with."""
        self.doubt += 1
        try:
            action()
        except GaveUp as error:
            return error
        except Left:
            return None
        finally:
            self.doubt -= 1
        return None
