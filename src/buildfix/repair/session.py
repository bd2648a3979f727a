"""What one run of buildfix has learned and done so far."""

from __future__ import annotations

import time
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from buildfix import events
from buildfix.hosts import gather
from buildfix.hosts.memory import Capacity
from buildfix.jobs import Parallelism
from buildfix.knowledge import Knowledge
from buildfix.model import (
    Attempt,
    Host,
    Interpreter,
    Need,
    Outcome,
    Proof,
    Report,
    Request,
    Step,
    Timing,
)
from buildfix.repair.peaks import Peaks
from buildfix.run import Machine


@dataclass(frozen=True)
class Ending:
    """How it ends, and why, in a line."""

    outcome: Outcome
    reason: str = ""
    todo: tuple[Step, ...] = ()


MaybeEnding = Generator[events.Event, None, "Ending | None"]
"""Events, and at their end how all ends, or None where it goes on."""


@dataclass
class Session:
    """What was asked, on which machine, and what has become of it."""

    request: Request
    machine: Machine
    knowledge: Knowledge
    logs: Path
    interpreter: Interpreter
    attempts: list[Attempt] = field(default_factory=list)
    applied: list[Step] = field(default_factory=list)
    settled: set[Need] = field(default_factory=set)
    rebuild: tuple[str, ...] = ()
    """Projects that are to be built from source though they are installed."""
    proofs: tuple[Proof, ...] = ()
    facts: Host | None = None
    peaks: Peaks = field(default_factory=Peaks)
    room: Capacity | None = None
    """What builds may use; found out when it is first needed."""
    parallelism: Parallelism | None = None
    """How much is built at once; decided when it is first needed."""
    wanted: int = 0
    """Bytes that one job is known to take more than, from an attempt that had too little."""
    started: float = field(default_factory=time.monotonic)
    spent: dict[str, float] = field(default_factory=dict)

    def host(self) -> Host:
        """Return the host's facts, gathered when they are first needed."""
        if self.facts is None:
            self.facts = gather(self.machine, self.knowledge, self.interpreter)
        return self.facts

    @contextmanager
    def timed(self, part: str) -> Iterator[None]:
        """Count the time within as spent in this part of the work."""
        start = time.monotonic()
        try:
            yield
        finally:
            self.spent[part] = self.spent.get(part, 0.0) + time.monotonic() - start

    def report(self, ending: Ending) -> Report:
        """Return the story so far with this end."""
        return Report(
            outcome=ending.outcome,
            requirements=self.request.words,
            attempts=tuple(self.attempts),
            applied=tuple(self.applied),
            proofs=self.proofs,
            reason=ending.reason,
            todo=ending.todo,
            interpreter=self.interpreter.path,
            timing=Timing(total=time.monotonic() - self.started, **self.spent),
        )
