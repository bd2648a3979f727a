"""What a build script would find, asked of an imagined machine instead of the real one.

A script is followed on a bare machine first, where every probe fails. Where it gives up, the probe
that would have carried it on is granted, and it is followed anew: what had to be granted is what
the build needs, and what it was merely glad of is optional.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from buildfix.analysis.facts import Brought

MAX_TRIALS = 60
"""How often one script is followed at most; real ones take two to ten."""
MAX_WAIVED = 6
MAX_LAYERS = 4
"""How many times what was granted may lead to further probes, for one refusal."""


@dataclass(frozen=True)
class Probe:
    """One question of a script to its machine, as the need that a `no` would be."""

    kind: str
    subject: str
    required: str | None = field(default=None, compare=False)
    where: str = field(default="", compare=False)


@dataclass
class ProbeEnvironment:
    """An imagined machine: what it has, and what it was asked for."""

    brought: Brought
    granted: frozenset[Probe] = frozenset()
    waived: frozenset[str] = frozenset()
    """Places where a script that gives up goes on all the same: nothing helps it there, and so
    it is more likely that what is known of it here is too little."""
    rich: bool = False
    """Whether it has everything."""
    failed: dict[Probe, Probe] = field(default_factory=dict)
    """What it was asked for and did not have, in that order."""

    def has(self, probe: Probe) -> bool:
        """Answer a probe, and remember it where the answer is no."""
        if self._given(probe):
            return True
        if self.rich:
            self.failed.setdefault(probe, probe)
            return True
        if probe in self.granted:
            return True
        self.failed.setdefault(probe, probe)
        return False

    def _given(self, probe: Probe) -> bool:
        if probe.kind == "tool-missing":
            return probe.subject in self.brought.commands
        if probe.kind == "header-missing":
            return self.brought.has_header(probe.subject)
        return probe.subject.lower() in self.brought.modules


@dataclass(frozen=True)
class Refusal:
    """Where and with what words a script gave up."""

    where: str
    words: str


_Seen = TypeVar("_Seen")


@dataclass(frozen=True)
class Settled(Generic[_Seen]):
    """What a script does on the barest machine that it accepts, and on one that has everything."""

    needed: _Seen
    rich: _Seen
    granted: tuple[Probe, ...] = ()
    wished: tuple[Probe, ...] = ()
    """Probes that failed without harm."""
    passed_over: tuple[Refusal, ...] = ()
    """Where it gave up, and nothing would have carried it on."""


_Run = Callable[[ProbeEnvironment], "tuple[Refusal | None, _Seen]"]


def settle(
    run: _Run[_Seen], brought: Brought, known: Callable[[Probe], bool] = lambda _: True
) -> Settled[_Seen]:
    """Return what `run` needs granted to come to its end, what is `known` rather than other things.

    `run` follows the script in a world, and returns where it gave up, and what it was seen to do.
    """
    rich_world = ProbeEnvironment(brought, rich=True)
    _, rich = run(rich_world)
    granted: tuple[Probe, ...] = ()
    passed_over: list[Refusal] = []
    trials = 0
    while True:
        waived = frozenset(one.where for one in passed_over)
        world = ProbeEnvironment(brought, frozenset(granted), waived)
        refusal, seen = run(world)
        candidates = list(world.failed.values())
        trials += 1 + len(candidates)
        found: tuple[Probe, ...] = ()
        if refusal and trials < MAX_TRIALS:
            found = _carries_on(run, world, refusal, [*filter(known, candidates)])
            found = found or _carries_on(run, world, refusal, candidates)
        if found:
            granted += found
        elif refusal and len(passed_over) < MAX_WAIVED:
            passed_over.append(refusal)
        else:
            passed_over += [refusal] if refusal else []
            wished = dict.fromkeys((*candidates, *rich_world.failed.values()))
            left = tuple(probe for probe in wished if probe not in granted)
            return Settled(seen, rich, granted, left, tuple(passed_over))


def _carries_on(
    run: _Run[_Seen], poor: ProbeEnvironment, refusal: Refusal, candidates: list[Probe]
) -> tuple[Probe, ...]:
    """Return the probes that, granted, get the script past its refusal; none where none do."""

    def past(more: Iterable[Probe]) -> tuple[bool, list[Probe]]:
        world = ProbeEnvironment(poor.brought, poor.granted.union(more), poor.waived)
        later, _ = run(world)
        return later != refusal, list(world.failed.values())

    for probe in candidates:
        if past((probe,))[0]:
            return (probe,)
    chosen = list(candidates)
    for _ in range(MAX_LAYERS):  # one probe leads to others, as a tool to what it is asked for
        carried, revealed = past(chosen)
        if carried:
            return tuple(_fewest(lambda few: past(few)[0], chosen))
        fresh = [probe for probe in revealed if probe not in chosen]
        if not fresh:
            break
        chosen += fresh
    return ()


def _fewest(serves: Callable[[list[Probe]], bool], chosen: list[Probe]) -> list[Probe]:
    """Return as few of the chosen as serve, the earlier ones rather than the later."""
    for probe in reversed(chosen[: MAX_LAYERS * 4]):
        fewer = [one for one in chosen if one != probe]
        if serves(fewer):
            chosen = fewer
    return chosen
