"""Following a project's build files in an imagined world, whatever language they are in."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import reduce
from typing import Generic, TypeVar

from buildfix.analysis.downloads import Download
from buildfix.analysis.findings import Grade
from buildfix.analysis.probe_environment import Probe, ProbeEnvironment, Refusal, Settled, settle
from buildfix.analysis.survey import Survey
from buildfix.analysis.symbolic_values import UNKNOWN, Value, join
from buildfix.core import Need


@dataclass
class Seen:
    """What a build file asked for, what it compiles, and in which languages."""

    probes: dict[Probe, Grade] = field(default_factory=dict)
    languages: dict[str, str] = field(default_factory=dict)
    sources: dict[str, tuple[frozenset[str], str]] = field(default_factory=dict)
    configured: dict[str, dict[str, str]] = field(default_factory=dict)
    """Folders of the tree that a configure script or cmake is run for, with cmake's -D options."""
    downloads: dict[Download, None] = field(default_factory=dict)
    """What it fetches from hosts beside the index."""
    options: dict[str, str] = field(default_factory=dict)
    """What a person may choose by CMake's option(), with the defaults."""
    cut_short: bool = False
    """Whether it takes more steps than are followed."""

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

    @property
    def refusal(self) -> Refusal | None:
        """What the build file says with it, None where it only ends early."""
        return Refusal(self.where, self.words)


class Left(Exception):
    """A statement that leaves its block before the end of it."""


class Returned(Left):
    """A return statement."""

    def __init__(self, value: Value = None):
        self.value = value
        super().__init__()


class Broke(Left):
    """A break statement."""


class Continued(Left):
    """A continue statement."""


class Exhausted(Exception):
    """The build file takes more steps than any should."""


_Value = TypeVar("_Value")
_Seen = TypeVar("_Seen", bound=Seen)


class Follower(Generic[_Value]):
    """Follows statements, both branches where nobody knows which one is taken."""

    unknown: _Value = UNKNOWN  # type: ignore[assignment]  # right for all but CMake's strings

    def __init__(self, steps: int):
        """Follow for so many steps."""
        self.steps_left = steps
        self.doubt = 0
        """How many conditions that nobody knows hang over what is done."""

    def step(self) -> None:
        """Count a step; raises Exhausted."""
        self.steps_left -= 1
        if self.steps_left < 0:
            raise Exhausted

    def in_doubt(self, action: Callable[[], Value]) -> Value:
        """Do something that the build may or may not do."""
        self.doubt += 1
        try:
            return action()
        finally:
            self.doubt -= 1

    def branch(self, action: Callable[[], object]) -> GaveUp | Left | None:
        """Do something in doubt, and return how it left."""
        try:
            self.in_doubt(action)
        except (GaveUp, Left) as left:
            return left
        return None

    def either(
        self, variables: dict[str, _Value], *actions: Callable[[], object]
    ) -> list[GaveUp | Left | None]:
        """Do all of what nobody knows which is done, and return how each left.

        The variables go on from where no error ended it. Raises GaveUp where all end with one.
        """
        before, outcomes, ends = dict(variables), [], []
        for action in actions:
            replace_all(variables, before)
            ends.append(self.branch(action))
            if not isinstance(ends[-1], GaveUp):
                outcomes.append(dict(variables))
        if not outcomes and isinstance(ends[0], GaveUp):
            raise ends[0]
        replace_all(variables, reduce(self._joined, outcomes))
        return ends

    def join(self, one: _Value, other: _Value) -> _Value:
        """Return what is known of a value that is one or the other."""
        return join(one, other)  # type: ignore[no-any-return]

    def _joined(self, one: dict[str, _Value], other: dict[str, _Value]) -> dict[str, _Value]:
        return {
            name: self.join(one.get(name, self.unknown), other.get(name, self.unknown))
            for name in {**one, **other}
        }


class SymbolicRun(Follower[_Value], ABC, Generic[_Value, _Seen]):
    """One run of a project's build files in one imagined world."""

    def __init__(self, survey: Survey, world: ProbeEnvironment, steps: int, seen: _Seen):
        """Follow the build files of the survey's tree, and remember what is `seen`."""
        super().__init__(steps)
        self.survey = survey
        self.tree = survey.tree
        self.surroundings = survey.surroundings
        self.facts = survey.facts
        self.world = world
        self.seen = seen

    @abstractmethod
    def start(self) -> None:
        """Follow the build files from the first one on; raises GaveUp, Left, Exhausted."""

    def has(self, probe: Probe) -> bool:
        """Ask for what the build does without."""
        return self.world.has(probe)

    def demand(self, probe: Probe) -> bool:
        """Ask for what the build ends without; it is there from here on."""
        self.seen.ask(probe, "likely" if self.doubt else "sure")
        return True

    def look_for(self, probe: Probe, *, required: bool) -> bool:
        """Ask for what the build may do without, or may not."""
        return self.demand(probe) if required else self.has(probe)

    def fetch(self, found: Download | None) -> None:
        """Remember what is fetched, if anything; what depends on a condition is not sure."""
        if found:
            self.seen.downloads[replace(found, sure=found.sure and not self.doubt)] = None

    def give_up(self, error: GaveUp) -> None:
        """End with an error, except where nothing would carry the build on; raises it."""
        if error.where not in self.world.waived:
            raise error


def replace_all(variables: dict[str, _Value], values: dict[str, _Value]) -> None:
    """Give variables other values in place, as others hold them too."""
    if variables is not values:
        variables.clear()
        variables.update(values)


def follow(
    survey: Survey,
    make: Callable[[ProbeEnvironment, int], SymbolicRun[_Value, _Seen]],
    steps: int,
    worlds: int,
) -> Settled[_Seen]:
    """Return what build files do, and what they must be granted.

    `make` returns a run in a world of at most so many steps: `steps` in one, and as many as
    `worlds` times that in all the worlds that they are followed in.
    """
    left = steps * worlds

    def run(world: ProbeEnvironment) -> tuple[Refusal | None, _Seen]:
        nonlocal left
        allowed = min(left, steps)
        machine = make(world, allowed)
        refusal = None
        try:
            machine.start()
        except GaveUp as error:
            refusal = error.refusal
        except Left:
            pass
        except (Exhausted, RecursionError):
            machine.seen.cut_short = True
        left -= allowed - max(machine.steps_left, 0)
        return refusal, machine.seen

    return _with_substitutes(settle(run, survey.brought, survey.knows), run, survey)


OF_SYSTEMS = (
    *("cmake-package-missing", "pkgconfig-missing", "library-missing"),
    *("header-missing", "dependency-missing"),
)
"""Kinds of what packages of systems have."""
MAX_AVOIDING = 24
"""How many probes are tried, each by following the build files once more."""


def _with_substitutes(
    settled: Settled[_Seen],
    run: Callable[[ProbeEnvironment], tuple[Refusal | None, _Seen]],
    survey: Survey,
) -> Settled[_Seen]:
    """Note what a build looks for first that it else fetches.

    A CMake package of some version may be there in one that does not fit: it is no substitute.
    """
    waived = frozenset(one.where for one in settled.passed_over)
    compared = ("pkgconfig-missing", "dependency-missing")
    tried = (
        one
        for one in settled.wished
        if one.kind in OF_SYSTEMS and (one.kind in compared or not one.required)
    )
    fetched = settled.needed.downloads
    for probe in list(filter(survey.knows, tried))[:MAX_AVOIDING]:
        if settled.needed.cut_short or not any(one.sure and not one.instead for one in fetched):
            break
        granted = frozenset((*settled.granted, probe))
        _, seen = run(ProbeEnvironment(survey.brought, granted, waived))
        if not seen.cut_short:
            need = Need(probe.kind, probe.subject, probe.required)
            avoided = {one for one in fetched if one not in seen.downloads and not one.instead}
            fetched = {
                replace(one, instead=(need,)) if one in avoided else one: None for one in fetched
            }
    settled.needed.downloads = fetched
    return settled
